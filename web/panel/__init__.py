"""Where does a customer look after the service? Sign-in, the forced first steps, the services' status, the settings."""
