import SIOHTTP
import SIOJSON
import SIONet

extension Handshake: Codable {
    private enum Key: String, CodingKey {
        case headers
        case time
        case address
        case xdomain
        case secure
        case issued
        case url
        case query
        case auth
    }

    /// A field's value: a server in JavaScript has several values of `set-cookie` in an array.
    private struct FieldValue: Decodable {
        let values: [String]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            values = try (try? [container.decode(String.self)]) ?? container.decode([String].self)
        }
    }

    /// Writes the reference's object: `headers`, `time`, `address`, `xdomain`, `secure`, `issued`, `url`, `query`, `auth`.
    ///
    /// A client's certificate is not part of it, and of an `auth` without binary, but with an object that looks like the
    /// placeholder of some, only that there is one: `{}`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        var fields: [String: String] = [:]
        for (name, value) in headers {
            let name = name.lowercased()
            fields[name] = fields[name].map { $0 + (name == "cookie" ? "; " : ", ") + value } ?? value
        }
        let issued = WallClock.milliseconds(of: issued)
        try container.encode(fields, forKey: .headers)
        try container.encode(WallClock.text(milliseconds: issued), forKey: .time)
        try container.encode(address?.host ?? "", forKey: .address)
        try container.encode(xdomain, forKey: .xdomain)
        try container.encode(secure, forKey: .secure)
        try container.encode(issued, forKey: .issued)
        try container.encode(url, forKey: .url)
        try container.encode(query, forKey: .query)
        try container.encode(toldAuth, forKey: .auth)
    }

    /// `auth` where it may stand beside other values' binary: an empty object if it has what looks like a placeholder there.
    ///
    /// A client can write that, and a message would be read wrong, or not at all.
    private var toldAuth: RawJSON {
        guard auth.attachments.isEmpty else { return auth }
        let isUnambiguous = try? JSONParser.reading(auth.bytes.span.bytes) { $0.hasLegalPlaceholders(attachments: 0) }
        return isUnambiguous == true ? auth : .emptyObject
    }

    /// Reads the reference's object; what is missing is empty, and what no field of HTTP can be is left out.
    ///
    /// The address comes without a port.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        var headers = HTTPHeaders()
        let fields = try container.decodeIfPresent([String: FieldValue].self, forKey: .headers) ?? [:]
        for (name, field) in fields.sorted(by: { $0.key < $1.key }) where HTTPHeaders.isValidName(name) {
            for value in field.values { headers.add(name, value) }
        }
        let address = try container.decodeIfPresent(String.self, forKey: .address)
        let issued = try container.decodeIfPresent(Double.self, forKey: .issued)
        self.init(
            headers: headers,
            url: try container.decodeIfPresent(String.self, forKey: .url) ?? "",
            address: address.flatMap { SocketAddress(host: $0, port: 0) },
            secure: try container.decodeIfPresent(Bool.self, forKey: .secure) ?? false,
            auth: try container.decodeIfPresent(RawJSON.self, forKey: .auth),
            issued: issued.map(WallClock.instant(milliseconds:)) ?? .now)
    }

    /// Roughly the bytes that it takes.
    var approximateSize: Int {
        headers.reduce(url.utf8.count + auth.size) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    }
}
