import Glibc

/// Runs each job of a task on a thread of its own.
///
/// Inference and blocking reads keep a thread busy for minutes, which the threads of Swift's cooperative pool (one per
/// core, shared by all tasks) must not be. Running as a task nonetheless gives them `Task.isCancelled`.
package final class ThreadPerJobExecutor: TaskExecutor {
    package init() {}

    private final class Context {
        let job: UnownedJob
        let executor: ThreadPerJobExecutor

        init(job: UnownedJob, executor: ThreadPerJobExecutor) {
            self.job = job
            self.executor = executor
        }

        func run() {
            job.runSynchronously(on: executor.asUnownedTaskExecutor())
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let context = Unmanaged.passRetained(Context(job: UnownedJob(job), executor: self))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<Context>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context.toOpaque())
        guard failure == 0 else {
            // A task that never ran would hang whoever waits for it; without threads, wait here.
            return context.takeRetainedValue().run()
        }
        pthread_detach(thread)
    }
}
