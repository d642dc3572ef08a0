/// The place between two steps of a long computation where it may be made to wait, so that more urgent work goes first.
///
/// Long loops call ``pass()`` where they look for cancellation. Who runs the computation may bind a closure around it;
/// without one nothing happens.
public enum Checkpoint {
    /// What a checkpoint does.
    ///
    /// A type of its own: with a bare closure as the task's value, the optimiser of Swift 6.3 leaves out the description
    /// of its type, and binding it ends the process.
    public struct Handler: Sendable {
        fileprivate let body: (@Sendable () -> Void)?

        public init(_ body: (@Sendable () -> Void)?) {
            self.body = body
        }
    }

    /// Called at each checkpoint of the current task; may block its thread.
    @TaskLocal public static var handler = Handler(nil)

    @inline(__always)
    public static func pass() {
        handler.body?()
    }
}
