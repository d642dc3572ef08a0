internal import Glibc
internal import WeightFiles

/// Files of a codec.
enum CodecFile {
    /// The folder of `path`, and the weight file: `path` itself, or `name` in it when it is a folder.
    static func locate(_ path: String, default name: String) -> (folder: String, file: String) {
        var status = stat()
        if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return (path, path + "/" + name) }
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (slash == path.startIndex ? "/" : String(path[..<slash]), path)
    }

    /// The bytes of a small regular file; nil if there is none.
    ///
    /// - Throws: `codec.unreadable`.
    static func read(_ path: String, limit: Int) throws(CodecError) -> [UInt8]? {
        guard access(path, F_OK) == 0 else { return nil }
        do {
            let file = try MappedFile(path: path)
            guard file.bytes.count <= limit else {
                throw CodecError(
                    .unreadable, "\(path) has \(file.bytes.count) bytes, more than the \(limit) that it may have")
            }
            return file.withBytes { Array($0) }
        } catch let error as CodecError {
            throw error
        } catch {
            throw CodecError(.unreadable, "\(path) cannot be read", cause: error)
        }
    }

    /// - Throws: `codec.unreadable`.
    static func weights(_ path: String) throws(CodecError) -> SafetensorsFile {
        do {
            return try SafetensorsFile(path: path)
        } catch {
            throw CodecError(.unreadable, "the weights \(path) cannot be opened", cause: error)
        }
    }
}
