package millrace.bench;

import static org.apache.kafka.streams.StreamsConfig.producerPrefix;

import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.state.Stores;

/**
 * Kafka Streams: keys are sent through a repartition topic, counted in a store in memory with a
 * changelog, and the counts put into Redis. At least once, or with the variant `exactly-once` in transactions.
 */
final class StreamsJob {
    private StreamsJob() {}

    public static void main(String[] args) throws Exception {
        Assignment assignment = Assignment.of(args);
        KafkaStreams streams = new KafkaStreams(topology(assignment), settings(assignment), new FetchReportingClients());
        streams.setUncaughtExceptionHandler(error -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
        streams.start();
    }

    /**
     * A record counts as done when its last key has come out of the repartition topic, which may run far
     * ahead of the counting: the value that goes with a key says whether it is the last of its record.
     */
    private static Topology topology(Assignment assignment) {
        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(assignment.topic(), Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
                .process(() -> new KeysOfRecord(assignment))
                .repartition(Repartitioned.with(Serdes.String(), Serdes.ByteArray()).withName("keys"))
                .peek((key, isLast) -> Report.counted(isLast.length))
                .groupByKey(Grouped.with(Serdes.String(), Serdes.ByteArray()))
                .count(Materialized.<String, Long>as(Stores.inMemoryKeyValueStore("counts"))
                        .withKeySerde(Serdes.String())
                        .withValueSerde(Serdes.Long())
                        .withCachingEnabled())
                .toStream()
                .process(() -> new CountsToRedis(assignment));
        return builder.build();
    }

    /**
     * From the developer guide: "Memory management" for the cache, whose size and the commit interval say
     * how often a count goes downstream, "Configuring a Streams application" for threads and the producer.
     * The consumer keeps its defaults: with larger fetches the threads read the topic far ahead of the
     * repartition topic, and counts come late.
     */
    private static Properties settings(Assignment assignment) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "streams-" + assignment.job() + "-" + System.currentTimeMillis());
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, assignment.bootstrapServers());
        settings.put(StreamsConfig.STATE_DIR_CONFIG, System.getProperty("java.io.tmpdir"));
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, assignment.threads());
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG,
                "exactly-once".equals(assignment.variant()) ? StreamsConfig.EXACTLY_ONCE_V2 : StreamsConfig.AT_LEAST_ONCE);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 1000);
        settings.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 256 << 20);
        settings.put(producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 100);
        settings.put(producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 256 << 10);
        settings.put(producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 128 << 20);
        return settings;
    }
}
