/// The program that becomes a helper process.
public enum HelperExecutable: Sendable {
    /// This program again; its first act must be to become the helper if it was started as one.
    case thisProgram
    /// Another program that does the same.
    case program(path: String)

    package var path: String {
        switch self {
        case .thisProgram: "/proc/self/exe"
        case .program(let path): path
        }
    }
}

/// The system refused to start a helper process.
package struct HelperStartError: Error {
    package let message: String
}
