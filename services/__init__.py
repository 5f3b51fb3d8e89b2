"""Which services make up coterm? One package each; none knows another."""
