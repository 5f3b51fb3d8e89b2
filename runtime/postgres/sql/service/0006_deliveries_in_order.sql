-- What an endpoint is told of next is read in the order in which it is due, and no more of it than is asked for.
CREATE INDEX deliveries_due ON runtime.deliveries (endpoint, due_at, id) WHERE state = 'waiting';
