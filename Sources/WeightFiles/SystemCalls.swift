import Glibc

/// The text of an `errno`, from a buffer of our own because `strerror` is not thread-safe.
func systemMessage(_ number: Int32) -> String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard strerror_r(number, &buffer, buffer.count) == 0 else { return "error \(number)" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

/// Opens `path`; throws with `code`. A path holding NUL is refused, because the system would read only its beginning.
func openFile(
    _ path: String, _ flags: Int32, mode: mode_t = 0, code: WeightFileError.Code
) throws(WeightFileError) -> Int32 {
    guard !path.isEmpty, !path.utf8.contains(0) else {
        throw WeightFileError(code, path, "the path is empty or holds a NUL byte")
    }
    while true {
        let descriptor = open(path, flags | O_CLOEXEC, mode)
        if descriptor >= 0 { return descriptor }
        guard errno == EINTR else { throw WeightFileError(code, path, "cannot be opened", errorNumber: errno) }
    }
}

/// Whether a path names something, even a symbolic link that leads nowhere.
func fileExists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
}
