//! The sentences for every reason a code can be refused, Chinese and English. A table in the shape of two functions.
//!
//! The expected check character is never told here: whoever is told only mends the last character, while the slip is
//! as likely in any other. Programs find it in [`Reason`].

use super::{CheckVariant, CodeError, CodeKind, Reason};
use crate::Text;

/// What is wrong.
pub(super) fn reason(error: &CodeError) -> Text {
    let name = error.kind.name();
    match &error.reason {
        Reason::Empty => Text::new(format!("没有填写{}。", name.zh), format!("The {} is missing.", name.en)),
        Reason::LookAlike { .. } | Reason::Character { .. } => wrong_character(&error.reason),
        Reason::Length { found, wanted } => Text::new(
            format!("{}应为{wanted}位，现在是{found}位。", name.zh),
            format!("A {} has {wanted} characters, this has {found}.", name.en),
        ),
        Reason::OldCitizenId => Text::new(
            "这是15位的旧身份证号码，现在使用18位的公民身份号码。",
            "This is an old 15-digit id number; ids now have 18 characters.",
        ),
        Reason::Registrar { found } => Text::new(
            format!("第1位“{found}”不是登记管理部门代码（1至9、A、N、Y）。"),
            format!("The first character {found:?} is no registering department (1 to 9, A, N, Y)."),
        ),
        Reason::Class { found } => Text::new(
            format!("第2位“{found}”不是机构类别代码（1至9）。"),
            format!("The second character {found:?} is no class of organisation (1 to 9)."),
        ),
        Reason::OrganisationCheck { .. } => Text::new(
            "第9至17位（主体标识码）的校验码不符。",
            "Characters 9 to 17, the organisation code inside, do not check.",
        ),
        Reason::CheckDigit { .. } | Reason::CheckDigitAlone { .. } => Text::new(
            format!("{}的校验码不符，有一位或几位填错了。", name.zh),
            format!("The {} does not check: one or more characters are wrong.", name.en),
        ),
        Reason::BirthDate { found } => Text::new(
            format!("第7至14位“{found}”不是真实存在的出生日期。"),
            format!("Digits 7 to 14, {found:?}, are no real birth date."),
        ),
        Reason::NotYetBorn { birth } => Text::new(
            format!("号码中的出生日期{birth}还没有到。"),
            format!("The birth date in the number, {birth}, has not come yet."),
        ),
        Reason::Unrecorded { missing } => Text::new(
            format!("按例外收录代码时缺少{}。", part(missing).zh),
            format!("An exception was to be accepted without its {}.", part(missing).en),
        ),
        Reason::Scheme => Text::new("编码体系标识的写法不对。", "The scheme tag is malformed."),
        _ => composed(error),
    }
}

/// Reasons of codes that are made of parts.
fn composed(error: &CodeError) -> Text {
    match &error.reason {
        Reason::Parts { found } => Text::new(
            format!("根标识之后应有5段，现在是{found}段。"),
            format!("Five parts follow the root, here are {found}."),
        ),
        Reason::Part { part: which } => {
            Text::new(format!("{}的写法不对。", part(which).zh), format!("The {} is malformed.", part(which).en))
        }
        Reason::Inside { part: which, error: inner } => Text::new(
            format!("{}里的统一社会信用代码有误：{}", part(which).zh, inner.reason().zh),
            format!("The unified social credit code in the {} is wrong: {}", part(which).en, inner.reason().en),
        ),
        Reason::Variant { variant, .. } => variant_text(*variant),
        _ => Text::new(
            "没有以电子证照根标识 1.2.156.3005.2 开头。",
            "It does not begin with the e-licence root 1.2.156.3005.2.",
        ),
    }
}

fn wrong_character(reason: &Reason) -> Text {
    match *reason {
        Reason::LookAlike { position, found, looks_like } => Text::new(
            format!("第{position}个字符“{found}”看起来像“{looks_like}”，但不是同一个字符。"),
            format!("Character {position}, {found:?}, looks like {looks_like:?} but is another one."),
        ),
        Reason::Character { position, found, .. } => Text::new(
            format!("第{position}位“{found}”不是这种编码会用到的字符。"),
            format!("Character {position}, {found:?}, never stands there in such a code."),
        ),
        _ => Text::default(),
    }
}

/// Carefully worded: about one slip in five fits one of these ways by chance.
fn variant_text(variant: CheckVariant) -> Text {
    let (zh, en) = match variant {
        CheckVariant::IndexPlusOne => {
            ("字母从11起算（标准规定A为10）", "counts letters from 11 (by the standard A is 10)")
        }
        CheckVariant::WithDots => {
            ("把分隔点也算进去（标准规定先去掉）", "counts the dots (by the standard they are taken out)")
        }
        CheckVariant::WithRoot => {
            ("把根标识也算进去（标准规定不含）", "counts the root (by the standard it is left out)")
        }
    };
    Text::new(
        format!("电子证照标识的校验码不符，却与一种错误算法的结果相同：{zh}。"),
        format!("The e-licence identifier does not check, but it fits a wrong way of computing: one that {en}."),
    )
}

/// What to do about it.
pub(super) fn mend(error: &CodeError) -> Text {
    match &error.reason {
        Reason::LookAlike { looks_like, .. } => retype(*looks_like),
        Reason::Character { meant: Some(meant), .. } => retype(*meant),
        Reason::OldCitizenId => Text::new(
            "请填写本人现用居民身份证上的18位号码；没有的，请向户籍所在地公安派出所查询。",
            "Enter the 18 characters on the present id card; without one, ask the police station of the household.",
        ),
        Reason::CheckDigitAlone { .. } => Text::new(
            "请对照证照逐位核对；如果登记机关核发的就是这个代码，请由登记机关确认，工作人员可按例外收录。",
            "Compare it with the document character by character; if the registry itself issued this very code, staff can \
             accept it as an exception once the registry confirms it.",
        ),
        Reason::Unrecorded { missing } => {
            Text::new(format!("请补充{}。", part(missing).zh), format!("Add the {}.", part(missing).en))
        }
        Reason::Variant { .. } => Text::new(
            "请先对照电子证照逐位核对；没有填错的，请签发机关按 GB/T 36904 重新计算后重发。",
            "Compare it with the e-licence first; if it was typed right, ask the issuer to compute it anew by GB/T 36904.",
        ),
        Reason::Root | Reason::Parts { .. } => Text::new(
            "完整的写法是：1.2.156.3005.2.证照类型.颁发机构.流水号.版本号.校验码。",
            "Write 1.2.156.3005.2.TYPE.ISSUER.SERIAL.VERSION.CHECK.",
        ),
        Reason::Scheme => {
            Text::new("请用小写字母、数字和短横线，最多32个字符。", "Use up to 32 small letters, digits and dashes.")
        }
        _ => compare(error.kind),
    }
}

fn retype(letter: char) -> Text {
    let digit = letter.is_ascii_digit();
    let (zh, en) = if digit { ("数字", "digit") } else { ("英文字母", "Latin letter") };
    Text::new(
        format!("请切换到英文输入法，改为{zh}“{letter}”。"),
        format!("Type the {en} {letter:?} with an English keyboard."),
    )
}

fn compare(kind: CodeKind) -> Text {
    let (zh, en) = match kind {
        CodeKind::Uscc => {
            ("请对照营业执照或登记证书逐位核对。", "Compare it with the business licence or certificate.")
        }
        CodeKind::Organisation => {
            ("请对照组织机构代码证逐位核对。", "Compare it with the organisation code certificate.")
        }
        CodeKind::CitizenId => ("请对照居民身份证逐位核对。", "Compare it with the id card character by character."),
        CodeKind::Licence => ("请对照电子证照逐位核对。", "Compare it with the e-licence character by character."),
        CodeKind::Item => ("请对照办事指南核对。", "Compare it with the service guide."),
        CodeKind::Case => ("请对照受理回执核对。", "Compare it with the receipt."),
    };
    Text::new(zh, en)
}

/// The name of a part.
fn part(slug: &str) -> Text {
    let (zh, en) = match slug {
        "type" => ("证照类型代码", "licence type"),
        "issuer" => ("颁发机构代码", "issuer"),
        "serial" => ("流水号", "serial number"),
        "version" => ("版本号", "version"),
        "check" => ("校验码", "check character"),
        "registry" => ("登记机关", "registry"),
        "reason" => ("例外理由", "reason"),
        "by" => ("收录人", "name of the officer"),
        "region" => ("区划代码", "region"),
        "item" => ("事项标记", "item tag"),
        "date" => ("日期", "date"),
        _ => ("识别码", "random part"),
    };
    Text::new(zh, en)
}
