package millrace.bench;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;

/** Forwards the keys a record counts by; the value of its last one is one byte long, of the others none. */
final class KeysOfRecord implements Processor<byte[], byte[], String, byte[]> {
    private static final byte[] LAST = new byte[1];
    private static final byte[] NOT_LAST = new byte[0];

    private final Job job;
    private ProcessorContext<String, byte[]> context;
    /** Held back until it is known whether another comes. */
    private String key;

    KeysOfRecord(Assignment assignment) {
        job = Job.of(assignment);
    }

    @Override
    public void init(ProcessorContext<String, byte[]> context) {
        this.context = context;
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        key = null;
        job.forEachKey(record.value(), next -> {
            if (key != null) context.forward(new Record<>(key, NOT_LAST, record.timestamp()));
            key = next;
        });
        if (key == null) Report.counted(1);
        else context.forward(new Record<>(key, LAST, record.timestamp()));
    }
}
