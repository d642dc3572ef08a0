import Recognition

extension TranscriptionJob {
    /// Runs the job on a thread of its own and delivers its events.
    ///
    /// The job ends when the stream's consumer goes away or is cancelled, at the latest between two tokens or at the
    /// next block of audio.
    ///
    /// - Returns: events, ``TranscriptionJobEvent/finished(_:)`` being the last; fails with `AudioError`,
    ///   `RecognitionError` or ``PipelineError``.
    func run(
        with recognizer: @escaping @Sendable () throws -> some SpeechRecognizer
    ) -> AsyncThrowingStream<TranscriptionJobEvent, any Error> {
        AsyncThrowingStream { continuation in
            let task = Task(executorPreference: ThreadPerJobExecutor()) {
                do {
                    _ = try FileTranscription(self).run(with: recognizer()) { continuation.yield($0) }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { reason in
                if case .cancelled = reason { task.cancel() }
            }
        }
    }
}
