/// What one side says of permessage-deflate in its half of the handshake (RFC 7692 §7.1): a client's offer, or a
/// server's response, which has the same parameters.
struct DeflateOffer: Equatable {
    var serverNoContextTakeover = false
    var clientNoContextTakeover = false
    /// Nil where it was not said.
    var serverMaxWindowBits: Int?
    /// Nil where it was not said; 15 where a client said it without a number.
    var clientMaxWindowBits: Int?

    init() {}

    /// Reads the parameters of an offer or a response.
    ///
    /// - Returns: Nil if one is unknown, has a value that it cannot have, or comes twice (§7.1).
    init?(_ parameters: [WebSocketExtension.Parameter], isResponse: Bool) {
        var names: Set<String> = []
        for parameter in parameters {
            guard names.insert(parameter.name).inserted else { return nil }
            switch (parameter.name, parameter.value) {
            case ("server_no_context_takeover", nil):
                serverNoContextTakeover = true
            case ("client_no_context_takeover", nil):
                clientNoContextTakeover = true
            case ("server_max_window_bits", let value?):
                guard let bits = Self.windowBits(value) else { return nil }
                serverMaxWindowBits = bits
            case ("client_max_window_bits", let value?):
                guard let bits = Self.windowBits(value) else { return nil }
                clientMaxWindowBits = bits
            case ("client_max_window_bits", nil) where !isResponse:
                clientMaxWindowBits = 15
            default:
                return nil
            }
        }
    }

    /// A decimal number of 8…15 without leading zeros (§7.1.2).
    private static func windowBits(_ text: String) -> Int? {
        DeflateParameters.windowBits.first { String($0) == text }
    }

    /// The offer or response as the header's value.
    var headerValue: String {
        var text = DeflateParameters.name
        if serverNoContextTakeover { text += "; server_no_context_takeover" }
        if clientNoContextTakeover { text += "; client_no_context_takeover" }
        if let serverMaxWindowBits { text += "; server_max_window_bits=\(serverMaxWindowBits)" }
        if let clientMaxWindowBits { text += "; client_max_window_bits=\(clientMaxWindowBits)" }
        return text
    }
}

/// A server's half of the negotiation.
extension DeflateParameters {
    /// Takes the first offer of permessage-deflate that says nothing wrong.
    ///
    /// Whatever else an offer asks for can be done, so none is declined for that.
    ///
    /// - Parameters:
    ///   - offers: The elements of the client's header, the most wanted first.
    ///   - configuration: What this server wants.
    /// - Returns: What is agreed, and the header's value that says so; nil if no offer is taken.
    static func accept(
        _ offers: [WebSocketExtension], _ configuration: PerMessageDeflate
    ) -> (parameters: DeflateParameters, response: String)? {
        for element in offers where element.name == name {
            guard let offer = DeflateOffer(element.parameters, isResponse: false) else { continue }
            let agreed = DeflateParameters(offer, configuration)
            var response = DeflateOffer()
            response.serverNoContextTakeover = agreed.serverNoContextTakeover
            response.clientNoContextTakeover = agreed.clientNoContextTakeover
            // §7.1.2.1: an offered limit is taken by saying one, even if it limits nothing.
            if offer.serverMaxWindowBits != nil || agreed.serverMaxWindowBits < 15 {
                response.serverMaxWindowBits = agreed.serverMaxWindowBits
            }
            // §7.1.2.2: never said to a client that did not say that it understands it.
            if agreed.clientMaxWindowBits < 15 { response.clientMaxWindowBits = agreed.clientMaxWindowBits }
            return (agreed, response.headerValue)
        }
        return nil
    }

    private init(_ offer: DeflateOffer, _ configuration: PerMessageDeflate) {
        let mustForget = offer.clientMaxWindowBits == nil && configuration.clientMaxWindowBits < 15
        self.init(
            serverNoContextTakeover: offer.serverNoContextTakeover || configuration.serverNoContextTakeover,
            clientNoContextTakeover: offer.clientNoContextTakeover || configuration.clientNoContextTakeover
                || mustForget,
            serverMaxWindowBits: min(offer.serverMaxWindowBits ?? 15, configuration.serverMaxWindowBits),
            clientMaxWindowBits: offer.clientMaxWindowBits.map { min($0, configuration.clientMaxWindowBits) } ?? 15
        )
    }
}

/// A client's half of the negotiation.
extension DeflateParameters {
    /// The header's value that offers what the client wants.
    static func offer(_ configuration: PerMessageDeflate) -> String {
        var offer = DeflateOffer()
        offer.serverNoContextTakeover = configuration.serverNoContextTakeover
        offer.clientNoContextTakeover = configuration.clientNoContextTakeover
        if configuration.serverMaxWindowBits < 15 { offer.serverMaxWindowBits = configuration.serverMaxWindowBits }
        if configuration.clientMaxWindowBits < 15 {
            offer.clientMaxWindowBits = configuration.clientMaxWindowBits
            return offer.headerValue
        }
        // Without a number: the server may choose one (§7.1.2.2).
        return offer.headerValue + "; client_max_window_bits"
    }

    /// Checks the server's answer to the offer: nil if the server declined.
    ///
    /// - Parameters:
    ///   - extensions: The elements of the server's header.
    ///   - configuration: What was offered; nil if nothing was.
    /// - Throws: The first thing that was not offered, upon which the client fails the connection (§7.1).
    init?(
        answer extensions: [WebSocketExtension], to configuration: PerMessageDeflate?
    ) throws(WebSocketResponseError) {
        guard let first = extensions.first else { return nil }
        guard let configuration, first.name == Self.name else { throw .extensions(first.name) }
        guard extensions.count == 1 else { throw .extensions(extensions[1].name) }
        guard let answer = DeflateOffer(first.parameters, isResponse: true) else { throw .extensions(first.name) }
        // §7.1.1.1 and §7.1.2.1: what was asked of the server it takes by saying it, and no more of it.
        guard answer.serverNoContextTakeover || !configuration.serverNoContextTakeover,
            (answer.serverMaxWindowBits ?? 15) <= configuration.serverMaxWindowBits,
            (answer.clientMaxWindowBits ?? 8) <= configuration.clientMaxWindowBits
        else { throw .extensions(answer.headerValue) }
        self.init(
            serverNoContextTakeover: answer.serverNoContextTakeover,
            clientNoContextTakeover: answer.clientNoContextTakeover || configuration.clientNoContextTakeover,
            serverMaxWindowBits: answer.serverMaxWindowBits ?? 15,
            clientMaxWindowBits: answer.clientMaxWindowBits ?? configuration.clientMaxWindowBits
        )
    }
}
