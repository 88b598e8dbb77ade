import Testing

@testable import Delivery

/// The vectors of the services' documents, and of another implementation.
@Suite struct SignatureTests {
    @Test func `DingTalk`() {
        #expect(
            Signatures.dingTalk(milliseconds: 1_700_000_000_000, secret: "SECdemo0123456789")
                == "ww0uYz9hgC%2F%2Fla1LzHCxhiH8ja6t5XU0VlJXBRQKVAA%3D")
    }

    @Test func `Feishu`() {
        #expect(
            Signatures.feishu(seconds: 1_700_000_000, secret: "feishuDemoSecret")
                == "PcpPsc4RnjhS0sm8IhLNRWicSNiIOPWk1giHpYDst1M=")
    }

    @Test func `Alibaba Cloud, the example of its documents`() {
        let call = AliyunCall(
            host: "ecs.cn-shanghai.aliyuncs.com", action: "RunInstances", version: "2014-05-26",
            parameters: [
                "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai",
            ], date: "2023-10-26T10:22:32Z", nonce: "3156853299f313e23d1673dc12e1703d")
        let headers = call.headers(keyID: "YourAccessKeyId", secret: "YourAccessKeySecret")
        #expect(
            headers.last?.value
                == "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;"
                + "x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,Signature="
                + "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")
    }

    @Test func `what has a meaning in an address is written as bytes`() {
        #expect(Signatures.percent("a b*+/=&~水") == "a%20b%2A%2B%2F%3D%26~%E6%B0%B4")
    }
}
