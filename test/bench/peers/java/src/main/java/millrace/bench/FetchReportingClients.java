package millrace.bench;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.processor.internals.DefaultKafkaClientSupplier;

/**
 * The clients of Kafka Streams, whose consumers report the first fetch: the first poll with a partition
 * that is not paused. Polls before that join the group, and partitions stay paused until the store is restored.
 */
final class FetchReportingClients extends DefaultKafkaClientSupplier {
    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer()) {
            private boolean fetching;

            @Override
            public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
                if (!fetching && assignment().size() > paused().size()) {
                    fetching = true;
                    Report.firstFetch();
                }
                return super.poll(timeout);
            }
        };
    }
}
