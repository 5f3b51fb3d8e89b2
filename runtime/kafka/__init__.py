"""How is the log written and read? With aiokafka; nothing outside this folder and the feeder imports it."""
