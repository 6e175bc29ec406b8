import Glibc
import SIOBytes
import SIOEvents
import SIOJSON

/// An event's arguments: not those of the command line.
typealias EventArguments = SIOEvents.Arguments

extension EventArguments {
    /// These values, one after the other.
    init(values: some Sequence<RawJSON>) {
        var text = ByteBuffer()
        var attachments: [[UInt8]] = []
        for value in values {
            if !text.isEmpty { text.append(UInt8(ascii: ",")) }
            value.append(to: &text, firstNumber: attachments.count)
            attachments += value.attachments
        }
        self.init(text: text.take(), attachments: attachments)
    }
}

/// What people write for a value: JSON, or a bare word for a string.
enum ValueText {
    /// The most bytes of a file that is sent.
    static let maxFileBytes = 16 * 1024 * 1024

    /// Reads a value.
    ///
    /// What looks like an array, an object or a string of JSON has to be one; any other text that is no JSON is a string.
    static func parse(_ text: String) throws(UsageError) -> RawJSON {
        do {
            return try RawJSON(validating: text)
        } catch {
            if let first = text.first, "[{\"".contains(first) {
                throw UsageError("\(text) is no JSON: \(error). A text that begins so is written as JSON, in quotes")
            }
            do {
                return try RawJSON(encoding: text)
            } catch {
                throw UsageError("\(text) cannot be sent: \(error)")
            }
        }
    }

    /// Reads a value of the command line, where `@FILE` stands for the bytes of a file.
    static func parseArgument(_ text: String) throws(UsageError) -> RawJSON {
        guard text.hasPrefix("@"), text.count > 1 else { return try parse(text) }
        let bytes = try file(String(text.dropFirst()))
        do {
            return try RawJSON(encoding: bytes)
        } catch {
            throw UsageError("\(text) cannot be sent: \(error)")
        }
    }

    /// Reads JSON of the command line, where `@FILE` stands for what is written in a file.
    static func parseJSON(_ text: String, of option: String) throws(UsageError) -> RawJSON {
        do {
            guard text.hasPrefix("@") else { return try RawJSON(validating: text) }
            return try RawJSON(validating: try file(String(text.dropFirst())))
        } catch let error as UsageError {
            throw error
        } catch {
            throw UsageError("--\(option) is no JSON: \(error)")
        }
    }

    private static func file(_ path: String) throws(UsageError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw UsageError("\(path) cannot be read: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = read(descriptor, &block, block.count)
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw UsageError("\(path) cannot be read: \(String(cString: strerror(errno)))") }
            bytes += block[..<count]
            guard bytes.count <= maxFileBytes else { throw UsageError("\(path) has more than \(maxFileBytes) bytes") }
        }
    }
}
