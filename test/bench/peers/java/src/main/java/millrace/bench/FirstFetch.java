package millrace.bench;

import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerInterceptor;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Reports the first fetch of Flink's source, which makes a consumer when it is given its first
 * partitions, looks up their offsets and polls: it is early by the time of the look-up.
 */
public final class FirstFetch implements ConsumerInterceptor<byte[], byte[]> {
    @Override
    public void configure(Map<String, ?> settings) {
        Report.firstFetch();
    }

    @Override
    public ConsumerRecords<byte[], byte[]> onConsume(ConsumerRecords<byte[], byte[]> records) {
        return records;
    }

    @Override
    public void onCommit(Map<TopicPartition, OffsetAndMetadata> offsets) {}

    @Override
    public void close() {}
}
