import Glibc

/// Where errors go that nobody asked for.
package enum StandardError {
    package static func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
