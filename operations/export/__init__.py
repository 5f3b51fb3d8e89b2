"""How does an analyst get the public events? `coterm export`: one Parquet table per event type, exactly once."""
