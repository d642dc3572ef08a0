import CFFTW

/// Floats on FFTW's alignment, set to zero. FFTW's new-array execution is only valid on arrays aligned like those the
/// plan was made for, so every array that a plan sees is one of these.
struct FFTBuffer: ~Copyable {
    let floats: UnsafeMutableBufferPointer<Float>

    /// - Precondition: `count` > 0 and small enough to exist; callers have checked it against their own caps.
    init(count: Int) {
        guard let memory = fftwf_malloc(count * MemoryLayout<Float>.stride) else {
            preconditionFailure("out of memory for \(count) floats")
        }
        floats = UnsafeMutableBufferPointer(
            start: memory.bindMemory(to: Float.self, capacity: count), count: count)
        floats.initialize(repeating: 0)
    }

    deinit {
        fftwf_free(floats.baseAddress)
    }

    var base: UnsafeMutablePointer<Float> { floats.baseAddress.unsafelyUnwrapped }
}
