import SIOBytes

extension HTTPHeaders {
    /// Fields that are not copied, because whoever writes the message decides them.
    enum Omission {
        /// `Content-Length` and `Transfer-Encoding`.
        case framing
        /// These, and `Connection`.
        case framingAndConnection
        /// These, and `Date`.
        case framingConnectionAndDate

        func contains(_ name: borrowing RawSpan) -> Bool {
            switch name.byteCount {
            case 4: self == .framingConnectionAndDate && name.equalsIgnoringCase("Date")
            case 10: self != .framing && name.equalsIgnoringCase("Connection")
            case 14: name.equalsIgnoringCase("Content-Length")
            case 17: name.equalsIgnoringCase("Transfer-Encoding")
            default: false
            }
        }
    }

    /// Appends the field lines.
    func append(to buffer: inout ByteBuffer, without omission: Omission) {
        let bytes = storage.rawSpan
        // A colon, a space, and a line's end in the place of each field's counts: two bytes more than these take at least.
        buffer.reserve(bytes.byteCount + 2 * count)
        var offset = 0
        while let field = Self.field(at: offset, in: bytes) {
            offset = field.end
            if omission.contains(bytes.extracting(field.name)) { continue }
            buffer.append(bytes.extracting(field.name))
            buffer.append(": ")
            buffer.append(bytes.extracting(field.value))
            buffer.append("\r\n")
        }
    }
}

extension ByteBuffer {
    /// Appends a field line, if there is a value, in which nothing may end a line.
    mutating func appendField(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        append(name)
        append(": ")
        append(value)
        append("\r\n")
    }
}
