"""How is the log written and read? With aiokafka; nothing outside this folder and the feeder imports it."""

from runtime.kafka.records import read_any_name

read_any_name()
