private import CMPI

/// A type whose values MPI can send and reduce.
public protocol MPIElement: BitwiseCopyable, Sendable {
  /// The shim's number for MPI's datatype.
  static var mpiType: Int32 { get }
}

extension Float: MPIElement {
  /// `MPI_FLOAT`.
  public static var mpiType: Int32 { Int32(CMPI_FLOAT.rawValue) }
}
extension Double: MPIElement {
  /// `MPI_DOUBLE`.
  public static var mpiType: Int32 { Int32(CMPI_DOUBLE.rawValue) }
}
extension Int32: MPIElement {
  /// `MPI_INT32_T`.
  public static var mpiType: Int32 { Int32(CMPI_INT32.rawValue) }
}
extension Int: MPIElement {
  /// `MPI_INT64_T`.
  public static var mpiType: Int32 { Int32(CMPI_INT64.rawValue) }
}
extension UInt64: MPIElement {
  /// `MPI_UINT64_T`.
  public static var mpiType: Int32 { Int32(CMPI_UINT64.rawValue) }
}
extension UInt8: MPIElement {
  /// `MPI_BYTE`.
  public static var mpiType: Int32 { Int32(CMPI_BYTE.rawValue) }
}

/// How a reduction combines the ranks' values.
public enum ReductionOperation: Sendable {
  /// The sum, `MPI_SUM`.
  case sum
  /// The smallest, `MPI_MIN`.
  case minimum
  /// The largest, `MPI_MAX`.
  case maximum

  var mpiOperation: Int32 {
    switch self {
    case .sum: Int32(CMPI_SUM.rawValue)
    case .minimum: Int32(CMPI_MIN.rawValue)
    case .maximum: Int32(CMPI_MAX.rawValue)
    }
  }
}
