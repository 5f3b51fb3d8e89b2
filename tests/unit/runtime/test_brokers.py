import ssl

from pydantic import SecretStr

from runtime.kafka.brokers import Secured, addresses_of, brokers_of, client_options
from runtime.settings import Settings

PLAIN = Settings(kafka="a:9092,b:9092")


class TestWhenTheBrokersAreOnLoopback:
    def test_their_addresses_are_enough(self) -> None:
        brokers = brokers_of(PLAIN)
        assert brokers == "a:9092,b:9092"
        assert client_options(brokers) == {"bootstrap_servers": "a:9092,b:9092"}


class TestWhenTheBrokersAreElsewhere:
    def test_a_user_signs_in_over_tls_with_certificates_checked(self) -> None:
        credentials = {"kafka_security": "SASL_SSL", "kafka_username": "orders", "kafka_password": SecretStr("s3cret")}
        brokers = brokers_of(PLAIN.model_copy(update=credentials))
        options = client_options(brokers)
        context = options.pop("ssl_context")
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname
        assert options == {
            "bootstrap_servers": "a:9092,b:9092",
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": "orders",
            "sasl_plain_password": "s3cret",
        }

    def test_the_password_shows_nowhere(self) -> None:
        assert "s3cret" not in repr(Secured("a:9092", username="orders", password="s3cret"))

    def test_tls_without_a_user_is_tls_alone(self) -> None:
        brokers = brokers_of(PLAIN.model_copy(update={"kafka_security": "SSL"}))
        assert client_options(brokers)["security_protocol"] == "SSL"
        assert addresses_of(brokers) == "a:9092,b:9092"
