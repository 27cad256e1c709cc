package millrace.bench;

import java.io.File;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Flink in a cluster of its own in this process: keys are sent over its network, counted in keyed state on
 * the heap with a checkpoint each second, and the counts put into Redis.
 */
final class FlinkJob {
    private FlinkJob() {}

    public static void main(String[] args) throws Exception {
        Assignment assignment = Assignment.of(args);
        StreamExecutionEnvironment flink = StreamExecutionEnvironment.createLocalEnvironment(assignment.threads(), settings());
        flink.fromSource(source(assignment), WatermarkStrategy.noWatermarks(), "records")
                .flatMap(new KeysOfValue(assignment))
                .keyBy(key -> key)
                .map(new CountOfKey())
                .returns(Types.TUPLE(Types.STRING, Types.LONG))
                .sinkTo(new RedisSink(assignment));
        flink.execute();
    }

    private static KafkaSource<byte[]> source(Assignment assignment) {
        return KafkaSource.<byte[]>builder()
                .setBootstrapServers(assignment.bootstrapServers())
                .setTopics(assignment.topic())
                .setStartingOffsets(OffsetsInitializer.earliest())
                .setDeserializer(KafkaRecordDeserializationSchema.valueOnly(ByteArrayDeserializer.class))
                .setProperty(ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG, FirstFetch.class.getName())
                .setProperty(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, "10000")
                .build();
    }

    /** From "Execution Configuration" (objects are reused), "State Backends" and "Checkpointing" of the Flink documentation. */
    private static Configuration settings() {
        return new Configuration()
                .set(PipelineOptions.OBJECT_REUSE, true)
                .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(1))
                .set(StateBackendOptions.STATE_BACKEND, "hashmap")
                .set(CheckpointingOptions.CHECKPOINT_STORAGE, "filesystem")
                .set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, new File(System.getProperty("java.io.tmpdir"), "checkpoints").toURI().toString());
    }
}
