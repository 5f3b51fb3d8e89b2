// Publishes an order with Kafka's own Java client, and reads what came of it. Needs kafka-clients and slf4j-api:
//   java -cp '.run/kafka-dist/libs/*' docs/examples/java/Order.java
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class Order {
    public static void main(String[] arguments) throws Exception {
        String stack = System.getenv().getOrDefault("ENDPOINTS", ".run/endpoints.json");
        String brokers = first("\"kafka\": *\"([^\"]+)\"", Files.readString(Path.of(stack)));
        String id = String.valueOf(System.currentTimeMillis() * 1000 + System.nanoTime() % 1000);
        String customer = "c-" + id;
        String given = System.getenv("VAT_NUMBER");
        String vatNumber = given != null ? given : new String(
            new ProcessBuilder(".venv/bin/coterm", "test-data", "vat").start().getInputStream().readAllBytes()).strip();
        String event = """
            {"specversion": "1.0", "id": "o-%1$s", "source": "/storefronts/example",
             "type": "storefront.OrderSubmitted.v1", "subject": "%2$s", "datacontenttype": "application/json",
             "data": {"order_id": "o-%1$s", "storefront": "example", "channel": "SITE",
                      "customer": {"customer_id": "%2$s", "kind": "LEGAL_PERSON", "name": "Rossi Srl",
                                   "email": "amministrazione@rossi.example", "vat_number": "%3$s"},
                      "lines": [{"product": "E_INVOICING"}, {"product": "DOCUMENTS"}]}}
            """.formatted(id, customer, vatNumber);

        Map<String, Object> reading = Map.of("bootstrap.servers", brokers, "isolation.level", "read_committed");
        // Idempotent, and acknowledged by all in-sync replicas: the client's defaults since Kafka 3.
        Map<String, Object> writing = Map.of("bootstrap.servers", brokers, "acks", "all", "enable.idempotence", true);
        try (var consumer = new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer());
             var producer = new KafkaProducer<>(writing, new StringSerializer(), new StringSerializer())) {
            List<TopicPartition> partitions = Stream.of("orders.events", "billing.events")
                .flatMap(topic -> consumer.partitionsFor(topic).stream())
                .map(each -> new TopicPartition(each.topic(), each.partition())).toList();
            consumer.assign(partitions);
            consumer.seekToEnd(partitions);
            partitions.forEach(consumer::position);

            // The record's key and the event's subject are the customer's id: one customer's messages stay in order.
            var record = new ProducerRecord<>("storefront.intake", customer, event);
            record.headers().add("content-type", "application/cloudevents+json".getBytes(StandardCharsets.UTF_8));
            var kept = producer.send(record).get();
            System.out.println("kept at " + kept);

            // Two topics have no common order: the price may be read before the order that it is for.
            String placed = null, priced = null;
            long until = System.nanoTime() + Duration.ofSeconds(20).toNanos();
            while (System.nanoTime() < until) {
                for (var each : consumer.poll(Duration.ofMillis(200))) {
                    if (!customer.equals(each.key())) continue;
                    String type = new String(each.headers().lastHeader("type").value(), StandardCharsets.UTF_8);
                    if (type.startsWith("orders.OrderRefused.")) throw new IllegalStateException(each.value());
                    if (type.startsWith("orders.OrderPlaced.")) placed = type;
                    if (type.startsWith("billing.OrderPriced.")) {
                        priced = type + " " + first("\"total_cents\": *(\\d+)", each.value()) + " cents";
                    }
                }
                if (placed != null && priced != null) {
                    System.out.println(placed + "\n" + priced);
                    return;
                }
            }
            throw new IllegalStateException("no price after 20 s");
        }
    }

    private static String first(String pattern, String text) {
        var found = Pattern.compile(pattern).matcher(text);
        if (!found.find()) throw new IllegalArgumentException("no " + pattern);
        return found.group(1);
    }
}
