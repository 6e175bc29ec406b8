import EngineIOProtocol
import SIOBytes
import SIOHTTP

/// What is known of a request on its way through the engine: found out at its head, once.
final class Passage {
    // Nobody is called in the middle of an access.
    /// What the engine wants to know of it.
    let request: EngineRequest
    /// The key of the session that it names; nil if it names none, or one that cannot be.
    @exclusivity(unchecked) var key: RandomID?
    /// Whether the application is asked about it.
    @exclusivity(unchecked) var isExamined = false
    /// What the answer will carry.
    @exclusivity(unchecked) var headers = HTTPHeaders()
    /// Whether CORS lets the page's origin in; nil if nobody needed to be asked.
    @exclusivity(unchecked) var isAllowed: Bool?
    /// What came of it; nil as long as it is not known.
    @exclusivity(unchecked) var outcome: Outcome?
    /// Whether the whole request is there.
    @exclusivity(unchecked) var isComplete = false

    init(_ request: EngineRequest) {
        self.request = request
    }

    enum Outcome: Sendable {
        /// It is the engine's.
        case passed
        /// It was answered on its way.
        case answered(HTTPResponse)
        /// A middleware threw.
        case failed(any Error)
    }

    /// What was found out, on its way back to the request's loop.
    struct Findings: Sendable {
        var headers = HTTPHeaders()
        var isAllowed: Bool?
        var outcome = Outcome.passed
    }
}

extension Passage.Findings {
    /// Asks CORS and the middlewares, in this order.
    static func ask(
        _ cors: CORS?, _ middlewares: [EngineServer.Middleware], about request: IncomingRequest
    ) async -> Self {
        var findings = Self()
        if let cors {
            let origin = request.headers["Origin"]
            if let origin { findings.isAllowed = await cors.allows(origin: origin) }
            cors.addHeaders(to: &findings.headers, origin: origin, isAllowed: findings.isAllowed)
            if request.method == .options {
                if !cors.preflightContinue {
                    findings.outcome = .answered(cors.preflight(request.http, HTTPHeaders()))
                    return findings
                }
                cors.addPreflightHeaders(to: &findings.headers, request.http)
            }
        }
        for middleware in middlewares {
            var response = EngineServer.MiddlewareResponse(headers: findings.headers)
            do {
                try await middleware(request, &response)
            } catch {
                findings.headers = response.headers
                findings.outcome = .failed(error)
                return findings
            }
            findings.headers = response.headers
            guard let answer = response.answer else { continue }
            findings.outcome = .answered(answer)
            return findings
        }
        return findings
    }
}
