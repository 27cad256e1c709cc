package millrace.bench;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Serializable;
import java.net.URI;
import java.util.List;

/** What the harness gives a contestant's process; see `assignment.ts`. */
@JsonIgnoreProperties(ignoreUnknown = true)
record Assignment(
        String job,
        String topic,
        int partitions,
        List<String> brokers,
        String redisUrl,
        int threads,
        String variant,
        Integer flushEveryMs)
        implements Serializable {
    private static final int DEFAULT_FLUSH_EVERY_MS = 250;

    Assignment {
        if (flushEveryMs == null) flushEveryMs = DEFAULT_FLUSH_EVERY_MS;
    }

    /** Of the only argument. From here on a thread that fails ends the process, for nobody else would tell the harness. */
    static Assignment of(String[] args) throws JsonProcessingException {
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> {
            error.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        return new ObjectMapper().readValue(args[0], Assignment.class);
    }

    String bootstrapServers() {
        return String.join(",", brokers);
    }

    URI redis() {
        return URI.create(redisUrl);
    }
}
