import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;

/**
 * Prints the bytes that Apache Kafka's own classes write, one message per line as JSON: the API,
 * the version, the direction, what the case is about, the fields and the frame without its size in
 * hex. Arguments are `Name:first:last` of an API, or `Name:first:last:` of a message without one.
 */
public final class GoldenMessages {
  /** What the values of a message are. */
  enum Fill {
    /** No field has its default, arrays have two elements: one full, one sparse. */
    full,
    /** Null where it may stand, nothing in arrays, zero or the empty string elsewhere. */
    sparse,
    /** As constructed, only that each array has one element, itself as constructed. */
    blank,
    /** As blank, and each struct carries tagged fields that nobody knows. */
    foreign,
  }

  private final Fill fill;
  private final boolean flexible;
  private int count = 0;

  private GoldenMessages(Fill fill, boolean flexible) {
    this.fill = fill;
    this.flexible = flexible;
  }

  public static void main(String[] arguments) throws Exception {
    for (String argument : arguments) {
      String[] parts = argument.split(":", -1);
      short first = Short.parseShort(parts[1]);
      short last = Short.parseShort(parts[2]);
      for (short version = first; version <= last; version++) {
        if (parts.length > 3) embedded(parts[0], version);
        else request(parts[0], version);
      }
      if (parts.length > 3) continue;
      for (short version = first; version <= last; version++) response(parts[0], version);
    }
  }

  private static void request(String api, short version) throws Exception {
    ApiMessageType type = typeOf(api);
    short headerVersion = type.requestHeaderVersion(version);
    RequestHeaderData header = new RequestHeaderData().setRequestApiKey(type.apiKey()).setRequestApiVersion(version).setCorrelationId(0x01020304).setClientId("golden");
    print(api, version, "request", headerVersion >= 2, MessageUtil.toByteBufferAccessor(header, headerVersion).buffer());
  }

  private static void response(String api, short version) throws Exception {
    ApiMessageType type = typeOf(api);
    short headerVersion = type.responseHeaderVersion(version);
    ResponseHeaderData header = new ResponseHeaderData().setCorrelationId(0x01020304);
    boolean flexible = type.requestHeaderVersion(version) >= 2;
    print(api, version, "response", flexible, MessageUtil.toByteBufferAccessor(header, headerVersion).buffer());
  }

  private static void embedded(String name, short version) throws Exception {
    print(name, version, "", false, ByteBuffer.allocate(2).putShort(0, version));
  }

  private static void print(String name, short version, String direction, boolean flexible, ByteBuffer header) throws Exception {
    String part = direction.equals("request") ? "Request" : direction.equals("response") ? "Response" : "";
    Class<?> type = Class.forName("org.apache.kafka.common.message." + name + part + (direction.isEmpty() ? "" : "Data"));
    Schema schema = ((Schema[]) type.getField("SCHEMAS").get(null))[version];
    for (Fill fill : Fill.values()) {
      if (fill == Fill.foreign && !flexible) continue;
      StringBuilder value = new StringBuilder();
      Message message = (Message) new GoldenMessages(fill, flexible).struct(type, schema, fill, value);
      ByteBuffer body = MessageUtil.toByteBufferAccessor(message, version).buffer();
      System.out.println("{\"api\":\"" + name + "\",\"version\":" + version + ",\"direction\":\"" + direction + "\",\"fill\":\"" + fill
        + "\",\"value\":" + value + ",\"hex\":\"" + hex(header) + hex(body) + "\"}");
    }
  }

  private static ApiMessageType typeOf(String api) {
    return Arrays.stream(ApiMessageType.values()).filter(type -> type.name.equals(api)).findFirst().orElseThrow();
  }

  /** A message or a part of one, its fields written to `json` too. */
  private Object struct(Class<?> type, Schema schema, Fill fill, StringBuilder json) throws Exception {
    Object struct = type.getConstructor().newInstance();
    List<String> members = new ArrayList<>();
    for (Field field : type.getDeclaredFields()) {
      Type wireType = typeOf(schema, field.getName());
      if (Modifier.isStatic(field.getModifiers()) || wireType == null) continue;
      field.setAccessible(true);
      StringBuilder member = new StringBuilder();
      Object value = valueOf(field, field.get(struct), wireType, fill, member);
      field.set(struct, value);
      if (member.length() > 0) members.add("\"" + field.getName() + "\":" + member);
    }
    json.append('{').append(String.join(",", members)).append('}');
    if (fill == Fill.foreign) {
      List<RawTaggedField> unknown = ((Message) struct).unknownTaggedFields();
      unknown.add(new RawTaggedField(77, new byte[] {1, 2, 3}));
      unknown.add(new RawTaggedField(30_000, new byte[130]));
    }
    return struct;
  }

  /** The field's value; nothing goes to `json` where the default is kept. */
  private Object valueOf(Field field, Object given, Type type, Fill fill, StringBuilder json) throws Exception {
    boolean kept = fill == Fill.blank || fill == Fill.foreign;
    if (kept && field.getName().equals("errorMessage") && type.isNullable()) return null;
    if (fill == Fill.sparse && type.isNullable()) {
      json.append("null");
      return null;
    }
    if (type.isArray()) return array(field, given, type, fill, json);
    if (type instanceof Schema) return struct(field.getType(), (Schema) type, fill, json);
    if (kept) return given;
    return primitive(field.getType(), given, fill, json);
  }

  private Object array(Field field, Object given, Type type, Fill fill, StringBuilder json) throws Exception {
    Type elementType = type.arrayElementType().orElseThrow();
    boolean structs = elementType instanceof Schema;
    @SuppressWarnings("unchecked")
    Collection<Object> elements = Collection.class.isAssignableFrom(field.getType()) && !field.getType().isInterface()
      ? (Collection<Object>) field.getType().getConstructor().newInstance() : new ArrayList<>();
    List<Fill> fills = switch (fill) {
      case full -> List.of(Fill.full, structs ? Fill.sparse : Fill.full);
      case sparse -> List.of();
      case blank, foreign -> structs ? List.of(fill) : List.of();
    };
    if (!structs && (fill == Fill.blank || fill == Fill.foreign)) return given;
    List<String> written = new ArrayList<>();
    for (Fill each : fills) {
      StringBuilder element = new StringBuilder();
      elements.add(structs ? struct(elementClass(field), (Schema) elementType, each, element) : primitive(elementClass(field), null, each, element));
      written.add(element.toString());
    }
    json.append('[').append(String.join(",", written)).append(']');
    return elements;
  }

  private static Class<?> elementClass(Field field) {
    Object list = field.getGenericType() instanceof ParameterizedType ? field.getGenericType() : field.getType().getGenericSuperclass();
    return (Class<?>) ((ParameterizedType) list).getActualTypeArguments()[0];
  }

  /** A value of the field's class: a new one each time, or the empty one. */
  private Object primitive(Class<?> type, Object given, Fill fill, StringBuilder json) {
    boolean full = fill == Fill.full;
    int n = ++count;
    int sign = n % 3 == 0 ? -1 : 1;
    Object value;
    if (type == boolean.class) value = full && !(Boolean) given;
    else if (type == byte.class) value = (byte) (full ? sign * (n % 100 + 10) : 0);
    else if (type == short.class) value = (short) (full ? sign * (0x1200 + n) : 0);
    else if (type == int.class || type == Integer.class) value = full ? sign * (0x12345600 + n) : 0;
    else if (type == long.class || type == Long.class) value = full ? sign * (0x1f_ffff_ffff_ff00L + n) : 0L;
    else if (type == String.class) value = !full ? "" : n == 1 ? "a name that takes more than one byte to count: ".repeat(3) + "é" : "名" + n;
    else if (type == byte[].class || type == ByteBuffer.class || type == Uuid.class || MemoryRecords.class.isAssignableFrom(type) || type.getSimpleName().equals("BaseRecords")) {
      return binary(type, full, n, json);
    } else throw new IllegalArgumentException(type.toString());
    json.append(value instanceof String ? "\"" + value + "\"" : value.toString());
    return value;
  }

  private static Object binary(Class<?> type, boolean full, int n, StringBuilder json) {
    byte[] bytes = new byte[type == Uuid.class ? 16 : full ? 20 : 0];
    if (full) for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (n * 16 + i);
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    json.append("\"hex:").append(hex(buffer)).append('"');
    if (type == byte[].class) return bytes;
    if (type == ByteBuffer.class) return buffer;
    if (type == Uuid.class) return new Uuid(buffer.getLong(0), buffer.getLong(8));
    return MemoryRecords.readableRecords(buffer);
  }

  /** The field's type on the wire, or null when the version has none. */
  private static Type typeOf(Schema schema, String name) {
    for (BoundField each : schema.fields()) {
      if (each.def.type instanceof TaggedFields) {
        for (org.apache.kafka.common.protocol.types.Field tagged : new TreeMap<>(((TaggedFields) each.def.type).fields()).values()) {
          if (isNamed(tagged.name, name)) return tagged.type;
        }
      } else if (isNamed(each.def.name, name)) return each.def.type;
    }
    return null;
  }

  /** Schemas have the names of the classes' fields with underscores. */
  private static boolean isNamed(String schemaName, String fieldName) {
    return schemaName.replace("_", "").equalsIgnoreCase(fieldName);
  }

  private static String hex(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
