import AudioCore
import CALSA
import Glibc

/// What a thread of its own does until it is done.
protocol AudioThreadWork: AnyObject {
    func run()
}

/// Threads for sound.
enum AudioThread {
    private final class Start {
        let work: any AudioThreadWork
        let name: String

        init(_ work: any AudioThreadWork, name: String) {
            self.work = work
            self.name = name
        }
    }

    /// Runs `work` on a new thread, which keeps it alive until it returns.
    ///
    /// The thread asks for a real-time priority, which the system grants to few; without it, sound is merely less safe
    /// on a busy machine.
    ///
    /// - Throws: ``AudioError/Code/deviceUnavailable`` when the system refuses a thread.
    static func start(_ work: any AudioThreadWork, name: String) throws(AudioError) {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(Start(work, name: name))
        let failure = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                let start = Unmanaged<Start>.fromOpaque(context).takeRetainedValue()
                hearsay_name_thread(pthread_self(), start.name)
                var parameters = sched_param()
                parameters.sched_priority = 10
                pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters)
                start.work.run()
                return nil
            }, context.toOpaque())
        guard failure == 0 else {
            context.release()
            throw AudioError(
                .deviceUnavailable, "Could not start the thread for sound: \(SystemError.text(failure)).")
        }
        pthread_detach(thread)
    }
}
