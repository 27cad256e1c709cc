package millrace.bench;

import java.io.PrintStream;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;

/** The lines the harness reads; see `contestant-lines.ts`. Nothing else may be on standard output, so everybody else's goes to standard error. */
final class Report {
    private static final int PROGRESS_EVERY_MS = 20;

    private static final PrintStream OUTPUT = System.out;
    private static final AtomicBoolean FETCHED = new AtomicBoolean();
    private static final LongAdder RECORDS = new LongAdder();

    static {
        System.setOut(System.err);
    }

    private Report() {}

    /** Says, the first time, that the first fetch is about to be sent. */
    static void firstFetch() {
        if (!FETCHED.compareAndSet(false, true)) return;
        OUTPUT.printf("{\"kind\":\"first-fetch\",\"atMs\":%d}%n", System.currentTimeMillis());
        Thread progress = new Thread(Report::tellProgress, "progress");
        progress.setDaemon(true);
        progress.start();
    }

    static void counted(long records) {
        RECORDS.add(records);
    }

    private static void tellProgress() {
        long told = 0;
        while (true) {
            long records = RECORDS.sum();
            if (records != told) OUTPUT.printf("{\"kind\":\"progress\",\"records\":%d,\"atMs\":%d}%n", records, System.currentTimeMillis());
            told = records;
            try {
                Thread.sleep(PROGRESS_EVERY_MS);
            } catch (InterruptedException ended) {
                return;
            }
        }
    }
}
