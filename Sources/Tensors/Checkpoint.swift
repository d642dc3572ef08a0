/// The place between two steps of a long computation where it may be made to wait, so that more urgent work goes first.
///
/// Long loops call ``pass()`` where they look for cancellation. Who runs the computation may bind a closure around it;
/// without one nothing happens.
public enum Checkpoint {
    /// Called at each checkpoint of the current task; may block its thread.
    @TaskLocal public static var handler: (@Sendable () -> Void)?

    @inline(__always)
    public static func pass() {
        handler?()
    }
}
