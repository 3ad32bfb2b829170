import CHDF5

/// The type of a data set's or an attribute's elements, without their byte order.
public enum ElementType: Sendable, Hashable, CustomStringConvertible {
  /// An integer of 8 bits; `int8` also stands for an enumeration over it, as h5py writes truths.
  case uint8, int8
  /// An integer of 16 bits.
  case uint16, int16
  /// An integer of 32 bits.
  case uint32, int32
  /// An integer of 64 bits.
  case uint64, int64
  /// An IEEE number of 16, 32 or 64 bits.
  case float16, float32, float64
  /// A text of fixed or variable length.
  case string
  /// Anything else, in words.
  case other(String)

  /// All types of numbers.
  public static let numbers: [ElementType] = [
    .uint8, .int8, .uint16, .int16, .uint32, .int32, .uint64, .int64, .float16, .float32, .float64,
  ]

  /// The type's name: `uint8`, `float32`, `string`.
  public var description: String {
    switch self {
    case .uint8: "uint8"
    case .int8: "int8"
    case .uint16: "uint16"
    case .int16: "int16"
    case .uint32: "uint32"
    case .int32: "int32"
    case .uint64: "uint64"
    case .int64: "int64"
    case .float16: "float16"
    case .float32: "float32"
    case .float64: "float64"
    case .string: "string"
    case .other(let words): words
    }
  }

  /// The bytes of one element; nil for texts and other types.
  public var byteCount: Int? {
    switch self {
    case .uint8, .int8: 1
    case .uint16, .int16, .float16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    case .string, .other: nil
    }
  }

  /// Whether the elements are numbers.
  public var isNumber: Bool { byteCount != nil }

  /// Whether the elements are whole numbers.
  public var isInteger: Bool {
    switch self {
    case .float16, .float32, .float64, .string, .other: false
    default: true
    }
  }

  /// The number that `chdf5_make_type` knows the type by.
  var code: Int32? {
    Self.numbers.firstIndex(of: self).map { Int32($0) }
  }
}

/// Whether this machine stores the high byte first.
let machineIsBigEndian = 1.bigEndian == 1

/// A C library datatype, told apart.
struct StoredType {
  var element: ElementType
  var isBigEndian = false

  /// Recognizes `type`, of an object that `handle` names in errors.
  init(_ type: hid_t, _ handle: ObjectHandle) throws(HDF5Error) {
    let kind = Library.call { H5Tget_class(type) }
    switch kind {
    case H5T_STRING: element = .string
    case H5T_INTEGER, H5T_FLOAT: self = try Self.number(type, handle)
    case H5T_ENUM:
      let base = try Identifier(H5Tget_super(type), close: H5Tclose) {
        handle.error(.damaged, "its type cannot be read: \($0)")
      }
      self = try Self.number(base.raw, handle)
    default: element = .other(Self.words(kind))
    }
  }

  private init(element: ElementType, isBigEndian: Bool) {
    self.element = element
    self.isBigEndian = isBigEndian
  }

  private static func number(_ type: hid_t, _ handle: ObjectHandle) throws(HDF5Error) -> StoredType
  {
    let byteCount = Library.call { H5Tget_size(type) }
    for element in ElementType.numbers where element.byteCount == byteCount {
      for isBigEndian in [false, true] {
        let candidate = try make(element, isBigEndian: isBigEndian, handle)
        if Library.call({ H5Tequal(type, candidate.raw) }) > 0 {
          return StoredType(element: element, isBigEndian: isBigEndian && byteCount > 1)
        }
      }
    }
    return StoredType(element: .other("\(8 * byteCount)-bit number"), isBigEndian: false)
  }

  /// The C library's datatype of `element`.
  static func make(
    _ element: ElementType, isBigEndian: Bool = machineIsBigEndian, _ handle: ObjectHandle
  ) throws(HDF5Error) -> Identifier {
    guard let code = element.code else {
      throw handle.error(.wrongType, "\(element) is no type of numbers")
    }
    return try Identifier(chdf5_make_type(code, isBigEndian ? 1 : 0), close: H5Tclose) {
      handle.error(.io, "the type \(element) cannot be made: \($0)")
    }
  }

  private static func words(_ kind: H5T_class_t) -> String {
    switch kind {
    case H5T_TIME: "time"
    case H5T_BITFIELD: "bit field"
    case H5T_OPAQUE: "opaque"
    case H5T_COMPOUND: "compound"
    case H5T_REFERENCE: "reference"
    case H5T_VLEN: "variable-length list"
    case H5T_ARRAY: "array"
    default: "unknown type"
    }
  }
}
