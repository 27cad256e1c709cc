package millrace.bench;

import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The loop one would write by hand: a consumer per thread with partitions of its own, a map, and one
 * script call now and then that adds what was counted. Commits nothing, so it is right only while nothing fails.
 */
final class PlainLoop {
    private static final Duration POLL = Duration.ofMillis(50);

    private PlainLoop() {}

    public static void main(String[] args) throws Exception {
        Assignment assignment = Assignment.of(args);
        for (int thread = 0; thread < assignment.threads(); thread++) {
            List<TopicPartition> partitions = partitionsOf(thread, assignment);
            new Thread(() -> run(assignment, partitions), "loop-" + thread).start();
        }
    }

    private static void run(Assignment assignment, List<TopicPartition> partitions) {
        Job job = Job.of(assignment);
        Results results = new Results(assignment, job, Results.Write.ADD);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(settings(assignment))) {
            consumer.assign(partitions);
            Report.firstFetch();
            long flushAt = 0;
            while (true) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
                Counts counts = results.counts();
                for (ConsumerRecord<byte[], byte[]> record : records) job.forEachKey(record.value(), counts::add);
                Report.counted(records.count());
                long now = System.currentTimeMillis();
                if (now >= flushAt) {
                    results.flush();
                    flushAt = now + assignment.flushEveryMs();
                }
            }
        }
    }

    private static List<TopicPartition> partitionsOf(int thread, Assignment assignment) {
        return IntStream.range(0, assignment.partitions())
                .filter(partition -> partition % assignment.threads() == thread)
                .mapToObj(partition -> new TopicPartition(assignment.topic(), partition))
                .toList();
    }

    /**
     * For throughput, as Kafka's "Consumer Configs" describe each: fewer and larger fetches, reads and polls.
     * A fetch is as large as that of the loop in JavaScript; four times as much cost no less CPU, and twice the memory.
     */
    private static Properties settings(Assignment assignment) {
        Properties settings = new Properties();
        settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, assignment.bootstrapServers());
        settings.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 1 << 20);
        settings.put(ConsumerConfig.FETCH_MAX_BYTES_CONFIG, 8 << 20);
        settings.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 10_000);
        settings.put(ConsumerConfig.RECEIVE_BUFFER_CONFIG, 1 << 20);
        return settings;
    }
}
