"""Addresses in the order and the writing of their countries, and texts that only look like one."""

from __future__ import annotations

import time

import pytest

from dlp.detect.native_addresses import native_addresses


def _found(text: str) -> list[str]:
    return [text[hit.start : hit.end] for hit in native_addresses(text)]


@pytest.mark.parametrize(
    "address",
    [
        "〒150-0002 東京都渋谷区渋谷2-21-1",
        "東京都新宿区西新宿二丁目8番1号",
        "高知県江戸川区四番町10丁目18番18号 コーポ土沢182",
        "大阪市北区梅田1-1-3",
        "北京市朝阳区建国路88号院5号楼1203室",
        "湖南省莉县长寿何路v座 249258",
        "26018 台中市信義街4號8樓",
        "서울특별시 강남구 테헤란로 152, 3층",
        "경상북도 영동군 테헤란10길 265-87 (은서고이리)",
        "125009, г. Москва, ул. Тверская, д. 12, кв. 45",
        "п. Сарапул, ул. 50 лет Октября, д. 310, 590139",
        "Москва, Ленинский проспект 32А",
        "шосе Обільний 2-й, буд. 9, Валки, 30260",
        "Οδός Ερμού 15, 105 63 Αθήνα",
        "רחוב הרצל 12, תל אביב",
        "123/45 ถนนสุขุมวิท แขวงคลองเตย เขตคลองเตย กรุงเทพมหานคร 10110",
        "شارع الملك فهد، مبنى 12، الرياض 12345",
        "ხუდადოვის ქ. 90, დედოფლისწყარო",
        "ք. Թումանյան, Ֆիզկուլտուրնիկների 190, բն. 48",
        "Số 12, ngõ 45 đường Láng, phường Láng Thượng, quận Đống Đa, Hà Nội",
        "Lənkəran ş., ÇAPAYEV pr., b. 2, m. 10",
        "Laçın rayonu, H.SULTANOV küç., b. 1, m. 6",
        "Babək rayonu, Bozavand k., BAKI-BATUMİ küçəsi",
        "Nizami küç. 12, mənzil 5, Bakı ş., AZ1000",
        "672 दयाराम वर्मा, चक्रधरपुर 038854",
        "3/0 रोद्रिगुएस, अलीगढ 445195",
        "मकान नंबर 12, गली नंबर 3, लक्ष्मी नगर, दिल्ली 110092",
        "45 महात्मा गांधी मार्ग, लखनऊ 226001",
        "বাসা নং ৪৪৮, মানিকগড়, মোহনগঞ্জ, কুড়িগ্রাম, ১৪০১",
        "ফ্ল্যাট ৭, হোল্ডিং নং ২, অভয়প্লাজা, বেগমগাঁও, চাঁপাইনবাবগঞ্জ, ৪২১৪",
        "9781 محمد طاها تقاطع, جنوب کيان, چهارمحال و بختیاری 095",
        "تهران، خیابان ولیعصر، کوچه گلستان، پلاک ۱۲، واحد ۳",
        "רח 101 38, גן שורק, 9587870",
        "הרצל 45, רמת גן",
        "רחוב ויצמן 12 דירה 4, כפר סבא",
        "1052 Budapest, Váci utca 12. II. em. 5",
        "6720 Szeged, Kárász u. 8",
        "Petőfi Sándor u. 14., Győr 9021",
        "1117 Bp., Fehérvári út 84/A 3/12",
        "28 May küç. 14, mənzil 3, Sumqayıt",
        "ग्राम रामपुर, पोस्ट बेलथरा, जिला बलिया 221715",
        "১২/এ মিরপুর রোড, ঢাকা",
        "ফ্ল্যাট ৩বি, হাউজ ২২, গুলশান ২, ঢাকা",
        "اصفهان، چهارباغ بالا، کوچه 12، پلاک 7",
    ],
)
def test_an_address_is_found_whole(address: str) -> None:
    assert _found(f"(x) {address}") == [address]
    assert _found(f'{{"address": "{address}"}}') == [address]


@pytest.mark.parametrize(
    "text",
    [
        "第3回大会は東京都で開催され、2020年に終了した",
        "2024年北京市经济增长5%",
        "서울시 인구는 950만 명",
        "В Москве живут 12 миллионов, и в Лондоне 9",
        "Στην Αθήνα το 2004 έγιναν αγώνες",
        "ב-2020 גרו בתל אביב 460 אלף איש",
        "ปี 2563 กรุงเทพมหานครมีประชากร 8 ล้านคน",
        "Năm 2020 Hà Nội có 8 triệu dân",
        "no number at all: ул. Тверская",
        "Az Osztrák út 2020 óta zárva, a tér 5 emeletes; Két sor 12 adatból áll",
        "2024 में भारत की जनसंख्या 142 करोड़ थी, और 110092 लोग आए",
        "২০২৪ সালে ঢাকায় ৪ জন এসেছিল, ১২০০ জন গেল",
        "در سال 1402 در تهران، اصفهان، شیراز 950 نفر بودند",
        "Bakı şəhərində 2020-ci ildə 2 milyon əhali var, Azərbaycan",
    ],
)
def test_places_and_numbers_alone_are_no_address(text: str) -> None:
    assert _found(text) == []


@pytest.mark.parametrize(
    "unit",
    [
        "ул. Ленина ",
        "Москва, ",
        "東京都",
        "市",
        "서울 ",
        "Αθήνα ",
        "ת ",
        "12 ถนน",
        "شارع ",
        "Số 12/3 Đường Lê ",
        "д. 1, ",
        "ա ",
        "12 दिल्ली ",
        "दिल्ली",
        "ঢাকা নং ১, ",
        "ঢাকা",
        "تهران، ",
        "9 تهران ",
        "Váci utca ",
        "1052 Bp, ",
        "Ab u. 1. ",
        "הרצל 4 ",
        "ग्राम र, ",
        "Bakı ş., Ab ",
        "1 Bakı küç. ",
    ],
)
def test_time_grows_with_the_text_and_not_with_its_square(unit: str) -> None:
    def cost(length: int) -> float:
        text = ("1é" + unit * (length // len(unit) + 1))[:length]
        best = float("inf")
        for _ in range(3):
            start = time.thread_time()
            list(native_addresses(text))
            best = min(best, time.thread_time() - start)
        return best

    assert cost(16_000) < 4 * 2.5 * cost(4_000) + 0.002
