import Facility
import Foundation
import Notices
import Testing

@testable import Delivery

/// What each code of each service means for a message.
@Suite struct AnswerTableTests {
    enum End: String { case delivered, accepted, retry, recipientRests, dead }

    struct Row: CustomTestStringConvertible, Sendable {
        let answers: ServiceAnswers
        let status: Int
        let body: String
        let end: End
        var after: Int64?
        let words: String

        var testDescription: String { "\(status) \(body)" }
    }

    static let rows: [Row] = {
        let ding = DingTalkChannel.answers
        let robot = WeComRobotChannel.answers
        let app = WeComAppChannel.answers
        let feishu = FeishuChannel.answers
        let aliyun = AliyunService.answers
        let pager = PagerDutyChannel.answers
        return [
            Row(
                answers: ding, status: 200, body: #"{"errcode":0,"errmsg":"ok"}"#, end: .delivered,
                words: "0 ok"),
            Row(
                answers: ding, status: 200, body: #"{"errcode":130101,"errmsg":"send too fast"}"#,
                end: .retry, after: 600_000, words: "blocked"),
            Row(
                answers: ding, status: 200, body: #"{"errcode":310000,"errmsg":"keywords not in content"}"#,
                end: .dead, words: "keyword"),
            Row(
                answers: ding, status: 200, body: #"{"errcode":310000,"errmsg":"sign not match"}"#,
                end: .dead, words: "signature"),
            Row(
                answers: ding, status: 200,
                body: #"{"errcode":310000,"errmsg":"ip 1.2.3.4 not in whitelist"}"#, end: .dead,
                words: "not allowed"),
            Row(
                answers: ding, status: 200, body: #"{"errcode":460101,"errmsg":"too long"}"#, end: .dead,
                words: "too long"),
            Row(
                answers: ding, status: 200, body: #"{"errcode":101002,"errmsg":"too long"}"#, end: .dead,
                words: "too long"),
            Row(
                answers: ding, status: 200, body: #"{"errcode":300001,"errmsg":"token is not exist"}"#,
                end: .dead, words: "key"),
            Row(
                answers: ding, status: 200, body: #"{"errcode":-1,"errmsg":"系统繁忙"}"#, end: .retry,
                words: "busy"),
            Row(
                answers: ding, status: 200, body: #"{"errcode":77777,"errmsg":"?"}"#, end: .retry,
                words: "not known"),
            Row(
                answers: robot, status: 200, body: #"{"errcode":0,"errmsg":"ok"}"#, end: .delivered,
                words: "0 ok"),
            Row(
                answers: robot, status: 200, body: #"{"errcode":93000,"errmsg":"invalid webhook url"}"#,
                end: .dead, words: "key"),
            Row(
                answers: robot, status: 200, body: #"{"errcode":45009,"errmsg":"api freq out of limit"}"#,
                end: .retry, after: 60_000, words: "quota"),
            Row(
                answers: robot, status: 200, body: #"{"errcode":40058,"errmsg":"exceed max length"}"#,
                end: .dead, words: "too long"),
            Row(
                answers: app, status: 200, body: #"{"errcode":42001,"errmsg":"access_token expired"}"#,
                end: .retry, words: "token"),
            Row(
                answers: app, status: 200, body: #"{"errcode":81013,"errmsg":"all invalid"}"#, end: .dead,
                words: "recipient"),
            Row(
                answers: app, status: 200, body: #"{"errcode":40001,"errmsg":"invalid credential"}"#,
                end: .dead, words: "key"),
            Row(
                answers: feishu, status: 200, body: #"{"code":0,"msg":"success"}"#, end: .delivered,
                words: "0 success"),
            Row(
                answers: feishu, status: 200, body: #"{"StatusCode":0,"msg":"success"}"#, end: .delivered,
                words: "0 success"),
            Row(
                answers: feishu, status: 400, body: #"{"code":9499,"msg":"Bad Request"}"#, end: .dead,
                words: "request"),
            Row(
                answers: feishu, status: 400, body: #"{"code":9499,"msg":"too many request"}"#, end: .retry,
                after: 60_000, words: "quota"),
            Row(
                answers: feishu, status: 200, body: #"{"code":11232,"msg":"frequency limited"}"#, end: .retry,
                after: 60_000, words: "quota"),
            Row(
                answers: feishu, status: 200, body: #"{"code":19021,"msg":"sign match fail"}"#, end: .dead,
                words: "signature"),
            Row(
                answers: feishu, status: 200, body: #"{"code":19022,"msg":"Ip Not Allowed"}"#, end: .dead,
                words: "not allowed"),
            Row(
                answers: feishu, status: 200, body: #"{"code":19024,"msg":"Key Words Not Found"}"#,
                end: .dead, words: "keyword"),
            Row(
                answers: aliyun, status: 200, body: #"{"Code":"OK","Message":"OK"}"#, end: .accepted,
                words: "OK"),
            Row(
                answers: aliyun, status: 200,
                body: #"{"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"触发分钟级流控Permits:1"}"#,
                end: .recipientRests,
                after: 60_000, words: "quota"),
            Row(
                answers: aliyun, status: 200,
                body: #"{"Code":"isv.BUSINESS_LIMIT_CONTROL","Message":"触发天级流控Permits:50"}"#,
                end: .recipientRests,
                after: 3_600_000, words: "quota"),
            Row(
                answers: aliyun, status: 200, body: #"{"Code":"isv.SMS_TEMPLATE_ILLEGAL","Message":"模板不合法"}"#,
                end: .dead, words: "template"),
            Row(
                answers: aliyun, status: 400, body: #"{"Code":"InvalidTimeStamp.Expired","Message":"x"}"#,
                end: .dead, words: "clock"),
            Row(
                answers: aliyun, status: 503, body: #"{"Code":"ServiceUnavailable","Message":"x"}"#,
                end: .retry, words: "busy"),
            Row(
                answers: pager, status: 202, body: #"{"status":"success","message":"Event processed"}"#,
                end: .delivered, words: "success"),
            Row(
                answers: pager, status: 400,
                body: #"{"status":"invalid event","message":"Event object is invalid"}"#, end: .dead,
                words: "request"),
            // A status of 200 is not enough.
            Row(answers: ding, status: 200, body: "<html>登录</html>", end: .retry, words: "not the service"),
            Row(answers: ding, status: 200, body: "", end: .retry, words: "not the service"),
            Row(answers: ding, status: 200, body: "[]", end: .retry, words: "not the service"),
            Row(answers: ding, status: 200, body: #"{"errcode":true}"#, end: .retry, words: "not known"),
            Row(answers: ding, status: 502, body: #"{"errcode":0}"#, end: .retry, words: "not known"),
            Row(answers: ding, status: 404, body: "no", end: .dead, words: "404"),
        ]
    }()

    @Test(arguments: rows) func `a code has a meaning`(row: Row) throws {
        let service = try HTTPService(definition("webhook", ["url": "http://x"]), secrets: [])
        let response = HTTPResponse(
            status: row.status, headers: ["content-type": "text/html"], body: Array(row.body.utf8))
        let outcome = row.answers.outcome(of: response, service, now: noon)
        switch outcome {
        case .delivered(let answer):
            #expect(row.end == .delivered)
            #expect(answer.contains(row.words))
        case .accepted(let answer):
            #expect(row.end == .accepted)
            #expect(answer.contains(row.words))
        case .retry(let reason, let after):
            #expect(row.end == .retry)
            #expect(after == row.after)
            #expect(words.text(reason, in: .en).contains(row.words))
        case .recipientRests(let reason, let after):
            #expect(row.end == .recipientRests)
            #expect(after == row.after)
            #expect(words.text(reason, in: .en).contains(row.words))
        case .dead(let reason):
            #expect(row.end == .dead)
            #expect(words.text(reason, in: .en).contains(row.words))
        }
    }

    @Test func `every meaning has its words in both languages`() {
        let tables = [
            DingTalkChannel.answers, WeComRobotChannel.answers, WeComAppChannel.answers,
            FeishuChannel.answers, AliyunService.answers, PagerDutyChannel.answers,
        ]
        var used = Set(tables.flatMap { $0.codes.values.map(\.word) } + ["unknown", "address", "keyword"])
        used.formUnion((400..<560).map { MailChannel.meaning($0) })
        for word in used {
            for language in [Language.en, .zh] {
                #expect(words.keys(language).contains("delivery.meaning.\(word)"), "\(word)")
            }
        }
    }
}
