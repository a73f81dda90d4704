import Ledger
import Testing

@testable import Campaign

/// The pack that comes with the program against its source, the work plan 藏质标办〔2025〕1号: whatever action
/// the plan names is an item that a clerk finds by the plan's own words.
@Suite struct PlanCoverageTests {
  /// The plan's parts three and four, by their headings.
  private static let headings = [
    "3.1": "深入贯彻落实《纲要》和《实施意见》", "3.2": "提升全面质量管理效能", "3.3": "开展质量品牌建设",
    "3.4": "严格质量安全监管", "3.5": "加强消费者权益保护", "3.6": "促进社会质量共治",
    "4.1": "深入开展质量主题宣传活动", "4.2": "开展质量强企强链强县（区镇）系列活动", "4.3": "全面开展质量提升行动",
    "4.4": "严厉打击侵权假冒活动", "4.5": "开展消费者权益保护活动",
  ]

  /// The actions that it names, by the part whose item they are. Those of part three that come again in part
  /// four stand there.
  private static let actions: [String: [String]] = [
    "3.1": ["质量提升行动", "质量强链联动项目", "产业链质量联动提升行动", "质量强县培育建设创新试点", "百城质量提升活动", "为民办质量实事活动"],
    "3.2": ["质量管理过程培训", "QC小组和质量信得过班组培训"],
    "3.3": ["农业社会化服务标准推广应用活动", "制造业卓越质量工程", "助企惠企质量帮扶", "知识产权公共服务惠企行动", "品牌保护和维权"],
    "3.4": [
      "重点工业产品质量安全追溯", "网售产品质量安全监管", "跨境电商进口消费品质量安全风险监测", "消防产品质量安全全链条整治",
      "建筑材料安全隐患整治行动", "中秋国庆特种设备安全执法检查", "生产许可和召回管理政策宣贯解读",
    ],
    "3.5": ["服务质量承诺活动"],
    "3.6": ["质量管理大讲堂", "质量品牌故事", "劳动和技能竞赛", "质量进企业进高校进机关进农村进社区", "民用“三表”计量科普宣传活动"],
    "4.1": [
      "质量月集中宣传", "中国质量（南京）大会", "质量主题宣传系列活动", "电梯安全宣传周", "绿色产品认证宣传周", "有机产品认证宣传周",
      "服务认证体验周", "食品安全科普宣传", "技术性贸易措施培训宣传", "检验检测机构开放日", "消费品质量安全进社区进校园进乡镇",
    ],
    "4.2": [
      "计量服务中小企业行", "小微企业质量管理体系认证提升行动", "小微企业质量认证提升行动", "个体工商户服务月活动", "首席质量官培训",
      "质量管理和质量提升培训", "标准宣贯活动", "专家质量问诊", "企业交流互鉴", "质量基础设施夯基行动", "卓越质量管理助力产业提升活动",
      "区域品牌推介活动",
    ],
    "4.3": [
      "电动自行车质量安全专项整治", "儿童和学生用品质量监管", "重点产品质量安全消费提示", "重点农机器具质量监督检查", "农资质量技术服务活动",
      "水利工程质量问题提升行动", "水利工程建设质量提升行动", "好房子建设行动", "旅游服务质量提升主题活动", "金融标准 为民利企",
      "商务领域企业标准领跑者活动", "双随机一公开",
    ],
    "4.4": [
      "铁拳", "守护消费铁拳行动", "剑网 2025", "昆仑-2025", "昆仑 2025", "食药安全益路行", "知识产权综合司法保护", "信用西藏公示",
      "重点民生商品价格监管",
    ],
    "4.5": ["企业自我公开承诺", "畅通消费者投诉举报渠道", "行业放心消费倡议"],
  ]

  @Test func everyHeadingIsAnItem() {
    for (code, heading) in PlanCoverageTests.headings {
      #expect(Packs.quality.item(code)?.parent == nil, "\(code)")
      #expect(Packs.quality.item(heading)?.code == code, "\(heading)")
    }
    let roots = Packs.quality.items.filter { $0.parent == nil }.map(\.code)
    #expect(Set(roots) == Set(PlanCoverageTests.headings.keys))
  }

  @Test func everyNamedActionIsFoundByThePlansWords() {
    for (part, names) in PlanCoverageTests.actions {
      for name in names {
        let item = Packs.quality.item(name)
        #expect(item?.parent == part, "\(name): \(item?.code ?? "none")")
        var wishes = commonly + [.set("channels", to: "press")]
        wishes[2] = .set("plan_items", to: name)
        let code = Value.code(item?.code ?? "-")
        #expect(check("publicity", wishes).success?.edits[2].elements == [code], "\(name)")
      }
    }
  }

  @Test func theCampaignItself() {
    let info = Packs.quality.info
    #expect(info.document == "藏质标办〔2025〕1号")
    #expect(info.theme?.chinese == "加强全面质量管理 促进质量强国建设")
    #expect(info.period.from.description == "2025-09-01" && info.period.to.description == "2025-09-30")
    #expect(info.submissionDeadline?.description == "2025-10-09")
    #expect(info.slogans.count == 10 && info.slogans.last == "人人创造质量 人人享受质量")
    for division in Packs.quality.divisions.divisions where division.isInUse {
      #expect(division.code.description.hasPrefix("54"))
    }
  }
}

extension CellEdit {
  fileprivate var elements: [Value]? { if case .setExactly(_, let elements) = self { elements } else { nil } }
}
