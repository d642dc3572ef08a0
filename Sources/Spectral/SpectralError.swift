/// What went wrong in a transform: always a parameter out of range, never the samples.
public struct SpectralError: Error, Sendable, CustomStringConvertible {
    /// A dotted name, `spectral.*`.
    public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public var description: String { rawValue }

        /// A transform length outside 1 ... `RealFFT.maximumSize`.
        public static let sizeUnsupported = Self(rawValue: "spectral.size_unsupported")
        /// A hop or window length that does not fit the transform length.
        public static let framingInvalid = Self(rawValue: "spectral.framing_invalid")
        /// Text that FFTW does not take as wisdom.
        public static let wisdomInvalid = Self(rawValue: "spectral.wisdom_invalid")
    }

    /// The stable name of the failure.
    public let code: Code
    /// What was tried on what, and what to do.
    public let message: String
    /// The error of the layer below; FFTW gives none, so this is nil today.
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { "\(code): \(message)" }
}
