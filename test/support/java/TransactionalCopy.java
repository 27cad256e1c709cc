import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Copies one topic to another, each record once: records and positions in one transaction, every
 * fourth of which is aborted and done again. Ends when the position has reached the given number of
 * records; may be killed at any time.
 */
class TransactionalCopy {
    public static void main(String[] args) throws Exception {
        String from = args[1], to = args[2];
        long total = Long.parseLong(args[3]);
        Properties reading = new Properties();
        reading.put("bootstrap.servers", args[0]);
        reading.put("group.id", "copy-" + from);
        reading.put("isolation.level", "read_committed");
        reading.put("enable.auto.commit", "false");
        reading.put("auto.offset.reset", "earliest");
        // The one that was killed is replaced at once, and not when its session has ended.
        reading.put("group.instance.id", "copy");
        reading.put("max.poll.records", "7");
        reading.put("key.deserializer", StringDeserializer.class.getName());
        reading.put("value.deserializer", StringDeserializer.class.getName());
        Properties writing = new Properties();
        writing.put("bootstrap.servers", args[0]);
        writing.put("transactional.id", "copy-" + from);
        writing.put("key.serializer", StringSerializer.class.getName());
        writing.put("value.serializer", StringSerializer.class.getName());
        KafkaConsumer<String, String> consumer = new KafkaConsumer<>(reading);
        KafkaProducer<String, String> producer = new KafkaProducer<>(writing);
        producer.initTransactions();
        consumer.subscribe(List.of(from));
        Map<TopicPartition, OffsetAndMetadata> positions = new HashMap<>();
        for (int transaction = 0; positions.values().stream().mapToLong(OffsetAndMetadata::offset).sum() < total; transaction++) {
            var records = consumer.poll(Duration.ofMillis(200));
            for (TopicPartition partition : consumer.assignment()) {
                if (!positions.containsKey(partition)) positions.put(partition, new OffsetAndMetadata(consumer.position(partition) - (records.records(partition).isEmpty() ? 0 : records.records(partition).size())));
            }
            if (records.isEmpty()) continue;
            producer.beginTransaction();
            Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
            for (ConsumerRecord<String, String> record : records) {
                producer.send(new ProducerRecord<>(to, record.partition(), record.key(), record.value()));
                next.put(new TopicPartition(from, record.partition()), new OffsetAndMetadata(record.offset() + 1));
            }
            producer.sendOffsetsToTransaction(next, consumer.groupMetadata());
            if (transaction % 4 == 3) {
                producer.flush();
                producer.abortTransaction();
                for (TopicPartition partition : next.keySet()) consumer.seek(partition, records.records(partition).get(0).offset());
                continue;
            }
            producer.commitTransaction();
            positions.putAll(next);
            System.out.println("committed " + transaction);
        }
        System.out.println("done");
        consumer.close();
        producer.close();
    }
}
