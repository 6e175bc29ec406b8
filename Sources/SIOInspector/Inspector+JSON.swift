import SIOBytes
import SIOJSON

/// What is in JSON, as far as the layers above need to know.
extension Inspector {
    /// A whole value.
    func value(_ name: String, _ window: Window) -> [Finding] {
        do throws(JSONError) {
            try window.withBytes { bytes throws(JSONError) in _ = try parser.parse(bytes) }
            return [window.finding(name, window.readable, window.all)]
        } catch {
            return [Self.fault(error, window)]
        }
    }

    /// The elements of an array, each by itself; or a whole value that is none.
    mutating func elements(_ window: Window, first: String, others: String) -> [Finding] {
        let sizes: [Int]?
        do throws(JSONError) {
            sizes = try window.withBytes { bytes throws(JSONError) in Self.sizes(try parser.parse(bytes), limit: left) }
        } catch {
            return [Self.fault(error, window)]
        }
        guard let sizes else { return [window.finding("payload", window.readable, window.all)] }
        var findings: [Finding] = []
        var offset = (window.firstIndex(of: UInt8(ascii: "[")) ?? 0) + 1
        for size in sizes {
            while offset < window.count, Self.isBetweenValues(window.bytes[offset]) { offset += 1 }
            guard findings.count < left else {
                cut(&findings, window, at: offset)
                break
            }
            let part = window.part(offset..<min(offset + size, window.count))
            findings.append(part.finding(findings.isEmpty ? first : others, part.readable, part.all))
            offset += size
        }
        return findings
    }

    /// The bytes of each element, of one more than the limit at most; nil if the value is no array.
    private static func sizes(_ root: JSONCursor, limit: Int) -> [Int]? {
        guard root.isArray else { return nil }
        var sizes: [Int] = []
        for element in root.elements {
            sizes.append(element.source.byteCount)
            if sizes.count > limit { break }
        }
        return sizes
    }

    private static func isBetweenValues(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == 0x20 || (0x09...0x0D).contains(byte)
    }

    private static func fault(_ error: JSONError, _ window: Window) -> Finding {
        let place = JSONFault(in: window.bytes)
        return window.fault(place.map { "\($0.expected) was expected" } ?? error.description, at: place?.offset ?? 0)
    }
}
