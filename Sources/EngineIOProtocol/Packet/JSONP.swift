import SIOBytes

/// Polling by scripts and forms, for browsers that know no other way to a server of another origin (EIO3, "JSONP").
package enum JSONP {
    /// A payload as a script that hands it to the page: `___eio[<index>]("<payload>");`.
    ///
    /// Of the index, which the client chooses (`j`), only the digits are kept, and of those no more than
    /// ``maxIndexDigits``. U+2028 and U+2029, which end a line in old JavaScript, and `<`, which an old browser could take
    /// for the beginning of a document, are escaped.
    package static func script(_ payload: [UInt8], index: String) -> [UInt8] {
        var script = ByteBuffer()
        script.reserve(payload.count + payload.count / 8 + 32)
        script.append("___eio[")
        var digits = 0
        for byte in index.utf8 where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") && digits < maxIndexDigits {
            script.append(byte)
            digits += 1
        }
        script.append("](\"")
        var offset = 0
        while offset < payload.count { offset += append(payload, at: offset, to: &script) }
        script.append("\");")
        return script.take()
    }

    /// The digits that the index of a page's callback may have.
    package static let maxIndexDigits = 20

    /// Appends what is at an offset, escaped; the bytes that it takes.
    private static func append(_ payload: [UInt8], at offset: Int, to script: inout ByteBuffer) -> Int {
        let byte = payload[offset]
        switch byte {
        case UInt8(ascii: "\""): script.append("\\\"")
        case UInt8(ascii: "\\"): script.append("\\\\")
        case UInt8(ascii: "<"), 0..<0x20: script.append(escaped: byte)
        case 0xE2 where offset + 2 < payload.count && payload[offset + 1] == 0x80 && payload[offset + 2] & 0xFE == 0xA8:
            script.append(payload[offset + 2] == 0xA8 ? "\\u2028" : "\\u2029")
            return 3
        default: script.append(byte)
        }
        return 1
    }

    /// The payload that a form carries in its field `d`.
    ///
    /// A form turns what it finds to be the end of a line into its own, so that clients write `\n` for it, and another
    /// backslash in front of what they did not write so.
    package static func payload(ofField field: String) -> [UInt8] {
        let bytes = Array(field.utf8)
        var payload: [UInt8] = []
        payload.reserveCapacity(bytes.count)
        let backslash = UInt8(ascii: "\\")
        var index = 0
        while index < bytes.count {
            if bytes[index] == backslash, index + 1 < bytes.count {
                if bytes[index + 1] == UInt8(ascii: "n") {
                    payload.append(UInt8(ascii: "\n"))
                    index += 2
                    continue
                }
                if bytes[index + 1] == backslash, index + 2 < bytes.count, bytes[index + 2] == UInt8(ascii: "n") {
                    payload += [backslash, UInt8(ascii: "n")]
                    index += 3
                    continue
                }
            }
            payload.append(bytes[index])
            index += 1
        }
        return payload
    }
}
