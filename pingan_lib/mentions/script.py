"""Text in any script and width → the same text in simplified script and half-width, character for character."""

from __future__ import annotations

import re

from pingan_lib.grammar import PLAIN

# The characters of the words that this package looks for, as traditional script writes them.
_PAIRS = (
    "條条 項项 處处 戶户 輛辆 臺台 隊队 場场 間间 張张 單单 筆笔 顆颗 體体 鄉乡 鎮镇 區区 縣县 園园 戰战 "
    "務务 員员 會会 師师 醫医 運运 動动 機机 構构 網网 絡络 監监 設设 備备 車车 線线 級级 類类 種种 階阶 "
    "層层 維维 組组 織织 團团 庫库 館馆 廳厅 廠厂 棟栋 號号 頁页 軍军 證证 書书 報报 紙纸 職职 業业 產产 "
    "農农 當当 與与 關关 問问 題题 實实 應应 劃划 擬拟 預预 標标 準准 須须 確确 爭争 縮缩 壓压 節节 額额 "
    "資资 財财 損损 貨货 幣币 圓圆 塊块 錢钱 價价 費费 稅税 貸贷 債债 購购 銷销 營营 賬账 歲岁 齡龄 週周 "
    "歷历 連连 續续 後后 裡里 裏里 邊边 圍围 際际 國国 東东 廣广 華华 雲云 貴贵 陝陕 蘇苏 魯鲁 滬沪 寧宁 "
    "遼辽 龍龙 島岛 灣湾 檢检 審审 調调 糾纠 紛纷 辦办 結结 執执 決决 獲获 殺杀 傷伤 盜盗 竊窃 搶抢 騙骗 "
    "緝缉 繳缴 槍枪 彈弹 藥药 賭赌 黃黄 惡恶 傘伞 電电 話话 訪访 諮咨 詢询 請请 舉举 聯联 邏逻 隱隐 險险 "
    "災灾 難难 礦矿 煙烟 燈灯 視视 頻频 攝摄 錄录 據据 訊讯 傳传 遞递 寫写 圖图 畫画 幹干 輔辅 導导 領领 "
    "黨党 記记 僑侨 聽听 講讲 課课 訓训 練练 賽赛 評评 選选 獎奖 勵励 榮荣 譽誉 稱称 優优 覆复 復复 蓋盖 "
    "擴扩 進进 創创 穩稳 淨净 補补 貼贴 還还 賠赔 償偿 釋释 矯矫 養养 護护 顧顾 殘残 婦妇 兒儿 壯壮 勞劳 "
    "崗岗 攤摊 鋪铺 檔档 舖铺 樓楼 寬宽 積积 築筑 橋桥 鐵铁 軌轨 漁渔 艦舰 飛飞 輪轮 馬马 鳥鸟 魚鱼 豬猪 "
    "雞鸡 樹树 綠绿 壩坝 溫温 濕湿 氣气 濃浓 質质 塵尘 淺浅 灘滩 礎础 礙碍 規规 則则 簽签 協协 議议 諾诺 "
    "擔担 銀银 戲戏 樂乐 劇剧 藝艺 熱热 覽览 閱阅 讀读 瀏浏 載载 轉转 贊赞 論论 輿舆 讓让 認认 識识 訂订 "
    "誤误 該该 詳详 試试 誠诚 誰谁 註注 謀谋 謝谢 譯译 變变 豐丰 貧贫 賴赖 贏赢 趕赶 躍跃 軟软 輕轻 邁迈 "
    "適适 遠远 遷迁 遺遗 醜丑 鄰邻 釘钉 針针 鋼钢 鎖锁 闖闯 閉闭 閒闲 閘闸 隨随 雖虽 雙双 霧雾 靈灵 靜静 "
    "順顺 頒颁 顯显 風风 驗验 驅驱 驟骤 齊齐 龐庞 側侧 僅仅 僱雇 儀仪 劑剂 劉刘 劍剑 勝胜 勢势 匯汇 嚴严 "
    "堅坚 夠够 夥伙 奪夺 奮奋 孫孙 寶宝 尋寻 對对 屆届 屬属 岡冈 帶带 幫帮 廢废 廟庙 彙汇 徑径 徵征 懲惩 "
    "懷怀 掃扫 掛挂 採采 換换 搖摇 摺折 撥拨 擊击 擇择 擋挡 擾扰 攜携 敗败 敵敌 斷断 旣既 晝昼 暫暂 曆历 "
    "樣样 樞枢 歐欧 歸归 殯殡 氫氢 況况 滅灭 滯滞 漢汉 潔洁 澤泽 濟济 瀆渎 灑洒 煉炼 爾尔 牆墙 獨独 獻献 "
    "琺珐 瓊琼 畢毕 異异 療疗 癥症 盡尽 盤盘 禍祸 穀谷 窮穷 競竞 篩筛 簡简 籃篮 糧粮 紅红 純纯 納纳 紮扎 "
    "細细 終终 給给 統统 絕绝 經经 綜综 緊紧 緒绪 縱纵 繫系 罰罚 羅罗 義义 習习 聖圣 聞闻 聲声 聰聪 肅肃 "
    "脫脱 腦脑 膠胶 臨临 興兴 舊旧 艙舱 艱艰 莊庄 萊莱 葉叶 蒐搜 藍蓝 虧亏 蟲虫 術术 衛卫 衝冲 裝装 製制 "
    "複复 見见 觀观 觸触 詐诈 詞词 誘诱 語语 談谈 諧谐 譜谱 貝贝 貢贡 貫贯 責责 賀贺 賄贿 賊贼 賞赏 賢贤 "
    "賣卖 軸轴 輸输 輯辑 轄辖 逕径 這这 違违 遙遥 醞酝 釀酿 鈔钞 銘铭 鋒锋 錯错 鍵键 鏈链 鑑鉴 鑒鉴 閃闪 "
    "闊阔 陣阵 陽阳 雜杂 靚靓 韓韩 響响 飯饭 飲饮 駕驾 騎骑 騰腾 髒脏 鬥斗 鮮鲜 麗丽 黽黾 齒齿 訴诉 訟讼 "
    "別别 隻只 併并 犧牺 參参 陸陆 眾众 慣惯 癮瘾 燒烧 啟启 蹤踪 佈布 偽伪 緩缓 獄狱 囑嘱 紓纾 鬧闹 嚇吓 "
    "餵喂 繼继 彌弥 並并"
)
_TRADITIONAL = {ord(pair[0]): pair[1] for pair in _PAIRS.split()}
# Words hold these characters, too (队伍, 陆续, 收拾): they are digits only beside another digit.
_FINANCIAL = "壹贰貳叁參肆伍陆陸柒捌玖拾佰仟"
_FINANCIAL_RUN = re.compile(f"[{_FINANCIAL}萬亿億零〇]{{2,}}|(?<=[0-9０-９])[{_FINANCIAL}]+")
# Chinese punctuation stays what it is, and every blank but the line end is a plain one.
_BLANKS = dict.fromkeys(map(ord, "\u3000\xa0\u2002\u2003\u2009\t\u200b\ufeff"), " ")
_SIGNS = {ord("∶"): ":", ord("﹪"): "%", ord("，"): "，", ord("○"): "○"}
_TABLE: dict[int, int | str] = {
    **{key: value for key, value in PLAIN.items() if chr(key) not in _FINANCIAL},
    **_TRADITIONAL,
    **_BLANKS,
    **_SIGNS,
}
# ○ is a zero within a number (一千○八十二); elsewhere it hides a name (陈○○).
_ROUND_ZERO = re.compile("(?<=[十百千万亿])○(?=[一二三四五六七八九])")
_WIDE_COMMA = re.compile("(?<=[０-９])，(?=[０-９]{3}(?![０-９]))")


def simplify(text: str) -> str:
    """Return the text in simplified script and half-width digits; every character keeps its place.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        As long as `text`. Digits, signs and blanks become half-width; Chinese punctuation stays, but for the comma
        that parts the thousands of a full-width number.
    """
    plain = text.translate(_TABLE)
    plain = _ROUND_ZERO.sub("零", plain)
    for match in _FINANCIAL_RUN.finditer(text):
        plain = plain[: match.start()] + match[0].translate(PLAIN) + plain[match.end() :]
    for match in _WIDE_COMMA.finditer(text):
        plain = plain[: match.start()] + "," + plain[match.end() :]
    return plain
