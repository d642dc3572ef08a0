public import Recognition

extension TranscriptionJob {
    /// Runs the job on the calling thread, and stops between two tokens or blocks of audio when the task around it is
    /// cancelled.
    ///
    /// - Parameter onEvent: hears of each event as it happens; an error that it throws ends the job.
    /// - Returns: the transcript, also delivered as the last event.
    /// - Throws: `AudioError`, `RecognitionError`, ``PipelineError``, `CancellationError`, or what `onEvent` throws.
    public func transcribe(onEvent: (TranscriptionJobEvent) throws -> Void = { _ in }) throws -> Transcript {
        try FileTranscription(self).run(with: WhisperRecognizer(self), onEvent: onEvent)
    }

    /// Runs the job on a thread of its own and delivers its events.
    ///
    /// The job ends when the stream's consumer goes away or is cancelled, at the latest between two tokens or at the
    /// next block of audio.
    ///
    /// - Returns: events, ``TranscriptionJobEvent/finished(_:)`` being the last; fails with `AudioError`,
    ///   `RecognitionError` or ``PipelineError``.
    public func events() -> AsyncThrowingStream<TranscriptionJobEvent, any Error> {
        run { try WhisperRecognizer(self) }
    }

    /// As ``events()``, with any recogniser, which is made on the job's thread.
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
