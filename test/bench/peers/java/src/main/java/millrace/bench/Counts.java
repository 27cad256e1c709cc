package millrace.bench;

import java.util.HashMap;

/** Key → count, of one flush. */
final class Counts extends HashMap<String, Counts.Cell> {
    /** A number that changes in place: a boxed one would be a new object for every record. */
    static final class Cell {
        long count;
    }

    void add(String key) {
        cell(key).count++;
    }

    void set(String key, long count) {
        cell(key).count = count;
    }

    private Cell cell(String key) {
        Cell cell = get(key);
        if (cell == null) put(key, cell = new Cell());
        return cell;
    }
}
