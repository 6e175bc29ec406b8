/// One element of `Sec-WebSocket-Extensions` (RFC 6455 §9.1).
struct WebSocketExtension: Equatable {
    struct Parameter: Equatable {
        var name: String
        /// Nil where the name stands alone; a quoted value is without its quotes here.
        var value: String?
    }

    var name: String
    var parameters: [Parameter] = []

    /// All elements of the header's value, in order.
    ///
    /// - Returns: Nil if the value breaks the header's grammar. Empty elements are passed over (RFC 9110 §5.6.1.2).
    static func list(_ value: String) -> [WebSocketExtension]? {
        var scanner = Scanner(bytes: Array(value.utf8))
        return scanner.list()
    }

    /// Reads the grammar of RFC 6455 §9.1; blanks may stand around each token.
    private struct Scanner {
        let bytes: [UInt8]
        var offset = 0

        mutating func list() -> [WebSocketExtension]? {
            var all: [WebSocketExtension] = []
            while true {
                while take(",") {}
                if isAtEnd { return all }
                guard let element = element(), isAtEnd || bytes[offset] == UInt8(ascii: ",") else { return nil }
                all.append(element)
            }
        }

        private mutating func element() -> WebSocketExtension? {
            guard let name = token() else { return nil }
            var element = WebSocketExtension(name: name)
            while take(";") {
                guard let parameter = parameter() else { return nil }
                element.parameters.append(parameter)
            }
            return element
        }

        private mutating func parameter() -> Parameter? {
            guard let name = token() else { return nil }
            guard take("=") else { return Parameter(name: name) }
            guard let value = take("\"") ? quotedToken() : token() else { return nil }
            return Parameter(name: name, value: value)
        }

        private mutating func token() -> String? {
            skipBlanks()
            let start = offset
            while offset < bytes.count, HeaderList.isTokenByte(bytes[offset]) { offset += 1 }
            return offset > start ? String(decoding: bytes[start..<offset], as: UTF8.self) : nil
        }

        /// What stands between quotes has to be a token, once its backslashes are taken off (RFC 6455 §9.1).
        private mutating func quotedToken() -> String? {
            var text: [UInt8] = []
            while offset < bytes.count {
                var byte = bytes[offset]
                offset += 1
                if byte == UInt8(ascii: "\"") { return text.isEmpty ? nil : String(decoding: text, as: UTF8.self) }
                if byte == UInt8(ascii: "\\"), offset < bytes.count {
                    byte = bytes[offset]
                    offset += 1
                }
                guard HeaderList.isTokenByte(byte) else { return nil }
                text.append(byte)
            }
            return nil
        }

        /// Whether this character is next, behind blanks; it is passed then.
        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            skipBlanks()
            guard offset < bytes.count, bytes[offset] == UInt8(ascii: character) else { return false }
            offset += 1
            return true
        }

        private var isAtEnd: Bool {
            mutating get {
                skipBlanks()
                return offset == bytes.count
            }
        }

        private mutating func skipBlanks() {
            while offset < bytes.count, bytes[offset] == 0x20 || bytes[offset] == 0x09 { offset += 1 }
        }
    }
}
