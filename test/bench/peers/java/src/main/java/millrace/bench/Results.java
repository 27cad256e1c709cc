package millrace.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import redis.clients.jedis.Jedis;

/** Writes counts to Redis, one script call for each flush, beside the thread that goes on counting. */
final class Results {
    /** What a count does to the one in Redis. */
    enum Write {
        ADD("HINCRBY"),
        SET("HSET");

        private final String command;

        Write(String command) {
            this.command = command;
        }
    }

    private static final int TIMEOUT_MS = 60_000;

    private final Job job;
    private final Write write;
    private final Jedis redis;
    private final ExecutorService writer = Executors.newSingleThreadExecutor(Results::daemon);
    private CompletableFuture<Void> writing = CompletableFuture.completedFuture(null);
    private Counts counts = new Counts();

    Results(Assignment assignment, Job job, Write write) {
        this.job = job;
        this.write = write;
        redis = new Jedis(assignment.redis(), TIMEOUT_MS);
    }

    /** What the next flush writes. */
    Counts counts() {
        return counts;
    }

    /** Waits until the flush before is in Redis, so that they never pile up; this one is written meanwhile. */
    void flush() {
        awaitFlushed();
        if (counts.isEmpty()) return;
        Counts flushed = counts;
        counts = new Counts();
        writing = CompletableFuture.runAsync(() -> redis.eval(job.script(), List.of(), arguments(flushed)), writer);
    }

    /** Waits until all that was flushed is in Redis. */
    void awaitFlushed() {
        writing.join();
    }

    private List<String> arguments(Counts flushed) {
        List<String> arguments = new ArrayList<>(2 + 3 * flushed.size());
        arguments.add(write.command);
        arguments.add(Long.toString(System.currentTimeMillis()));
        flushed.forEach((key, cell) -> job.addArguments(key, cell.count, arguments));
        return arguments;
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "results");
        thread.setDaemon(true);
        return thread;
    }
}
