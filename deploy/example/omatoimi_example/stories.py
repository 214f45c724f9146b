"""The words of the made-up cases: what is proposed, what people say about it, what is answered and decided."""

from dataclasses import dataclass

UNANSWERED = ""
"""The answer that never came."""


@dataclass(frozen=True, slots=True)
class Comment:
    """What somebody says about a case, and what they are answered; `changed` where the plan was changed for it."""

    text: str
    answer: str = UNANSWERED
    changed: bool = False
    language: str = "fi"


@dataclass(frozen=True, slots=True)
class Story:
    """A case with its title, who decides, the decision's paragraphs and its reasons. With `hearing` residents are heard
    in the library's hall; `corrected` is a paragraph that was added to the decision some days later."""

    title: str
    body: str
    classification: tuple[str, str]
    decision: tuple[str, ...]
    reasons: tuple[str, ...]
    comments: tuple[Comment, ...] = ()
    hearing: str = ""
    corrected: str = ""


PARKS = ("10 04 02", "Puistosuunnittelu")
STREETS = ("08 01 02", "Liikennesuunnittelu")
LIBRARY = ("12 00 02", "Kirjastotoiminta")
SCHOOLS = ("12 02 01", "Koulun tilat")
ROOMS = ("10 01 05", "Tilojen käyttö")

CASES = (
    Story(
        "Kirjaston iltakäytön laajentaminen Vallilassa",
        "culture",
        LIBRARY,
        (
            "Lautakunta päätti, että Vallilan kirjaston omatoimiaikaa jatketaan arkisin kello 22 asti.",
            "Lautakunta kehottaa kirjastopalveluja raportoimaan kokemuksista vuoden kuluttua.",
        ),
        ("Illan tilat ovat olleet tiistaisin täynnä, ja asukasyhdistykset ovat toivoneet lisää aikaa.",),
        (
            Comment(
                "Vuorotyöläisenä pääsen paikalle vasta seitsemän jälkeen. Iltakymmeneen on juuri sopivasti.",
                "Kiitos! Aukiolo jatkuu esityksen mukaan kello 22 asti.",
            ),
            Comment(
                "Voisiko aamukin alkaa aikaisemmin? Lehden lukisin mielelläni ennen työmatkaa.",
                "Aamu alkaa jatkossa kello 7. Kiitos ehdotuksesta, se otettiin mukaan.",
                changed=True,
            ),
        ),
    ),
    Story(
        "Vallilan puistikon leikkipaikan kunnostaminen",
        "environment",
        PARKS,
        (
            "Lautakunta päätti hyväksyä Vallilan puistikon leikkipaikan kunnostussuunnitelman.",
            "Vanha kiipeilypuu säilytetään, ja sen viereen rakennetaan uusi keinu.",
        ),
        ("Asukkaiden kuulemisessa toivottiin ennen kaikkea, että vanhat puut saavat jäädä.",),
        (
            Comment(
                "Älkää kaatako vanhaa vaahteraa, siinä on kiivetty jo kolme sukupolvea.",
                "Vaahtera jää. Suunnitelmaa muutettiin niin, että keinu siirtyy sen pohjoispuolelle.",
                changed=True,
            ),
            Comment(
                "Vesipiste olisi hieno, niin palstoiltakin voisi hakea kastelukannuun vettä.",
                "Vesipiste on mukana suunnitelmassa leikkipaikan reunalla.",
            ),
            Comment(
                "En bänk i skuggan, tack. Mormödrar blir varma.",
                "Tack! Det kommer två bänkar under lönnen.",
                changed=True,
                language="sv",
            ),
        ),
        hearing="Tule kertomaan, millainen leikkipaikka puistikkoon rakennetaan. Suunnittelijat näyttävät "
        "luonnokset, ja lapsille on piirustusnurkka. Kahvia riittää.",
    ),
    Story(
        "Pyöräpysäköinnin lisääminen Vallilan koulun pihalle",
        "education",
        SCHOOLS,
        ("Lautakunta päätti, että Vallilan koulun pihalle asennetaan kuusikymmentä runkolukittavaa pyörätelinettä.",),
        ("Koulun liikuntasalin iltakäyttäjistä yhä useampi tulee pyörällä.",),
        (
            Comment(
                "Muistakaa katos. Talvella satula on muuten jäässä treenien jälkeen.",
                "Katos rakennetaan kahteenkymmeneen paikkaan.",
                changed=True,
            ),
        ),
    ),
    Story(
        "Koulun liikuntasalin iltavalaistus ja iltakäyttö Vallilassa",
        "education",
        SCHOOLS,
        (
            "Lautakunta päätti palauttaa asian uudelleen valmisteltavaksi.",
            "Lautakunta kehottaa selvittämään, millä kustannuksella sali voidaan avata arkisin kello 21.30 asti.",
        ),
        ("Liikuntasali on ollut illat pimeänä kello 18.30 jälkeen, vaikka koulu on auki kello 21.30 asti.",),
        (
            Comment(
                "Sali on tyhjä joka ilta, ja meidän vuoromme loppuu kesken. Miksi valot sammuvat puoli seitsemältä?",
                UNANSWERED,
            ),
            Comment(
                "Aikuisten sulkapallovuorolle olisi ottajia vaikka heti.",
                "Kiitos. Toiveenne on kirjattu iltavuorojen selvitykseen.",
            ),
        ),
    ),
    Story(
        "Nuorisotalon keittiön uudistaminen Vallilassa",
        "official",
        ROOMS,
        (
            "Tilapalvelupäällikkö päätti, että Vallilan nuorisotalon keittiöön hankitaan kaksi matalaa työtasoa.",
            "Hankinta tehdään kesän sulun aikana.",
        ),
        ("Keittiötä käyttävät viikoittain kokkikerho ja perheet, joissa on pieniä kokkeja.",),
        (Comment("Jes! Yletän vihdoin sekoittamaan.", "Hienoa. Nähdään syksyllä kattiloiden ääressä."),),
    ),
    Story(
        "Hidaskadun kokeilu Puu-Vallilassa",
        "environment",
        STREETS,
        (
            "Lautakunta päätti aloittaa hidaskatukokeilun Puu-Vallilassa ensi kesän ajaksi.",
            "Kokeilusta kerätään palautetta syyskuun loppuun.",
        ),
        ("Kadulla leikitään, ja läpiajo on kasvanut.",),
        (
            Comment(
                "Kannatan. Kissa kannattaa myös.",
                "Kiitos teille molemmille. Kokeilu alkaa kesäkuussa.",
            ),
            Comment(
                "How will deliveries work? Our bakery needs the van at five in the morning.",
                "Deliveries remain possible at all hours; only through traffic is stopped.",
                language="en",
            ),
            Comment(
                "Ylläpitäkää suojatie koulun kohdalla, se on lapsille tärkein.",
                "Suojatie korotetaan kokeilun ajaksi.",
                changed=True,
            ),
        ),
        hearing="Hidaskatu tulisi viideksi kuukaudeksi. Mitä kadulla silloin tehdään, ja mitä siellä ei tehdä? "
        "Illan aluksi kävelemme yhdessä kadun päästä päähän, jos ei sada kaatamalla.",
    ),
    Story(
        "Lainattavat soittimet Vallilan kirjastoon",
        "culture",
        LIBRARY,
        ("Lautakunta päätti varata määrärahan kymmenen lainattavan soittimen hankkimiseen Vallilan kirjastoon.",),
        ("Bändikämpän käyttäjistä moni soittaa lainasoittimella.",),
        (
            Comment(
                "Saisiko kokoelmaan myös kanteleen? Lupaan palauttaa sen viritettynä.",
                "Kantele on hankintalistalla. Virityksestä sovitaan palautettaessa.",
                changed=True,
            ),
        ),
        corrected="Hankittavista soittimista vähintään yksi on kantele.",
    ),
    Story(
        "Yhteisöpuutarhan vuokrasopimuksen jatkaminen Vallilassa",
        "official",
        ROOMS,
        ("Tilapalvelupäällikkö päätti jatkaa Vallilan yhteisöpuutarhan vuokrasopimusta viidellä vuodella.",),
        ("Puutarhaa hoitaa asukasyhdistys, ja sen talkoissa on käynyt väkeä koko kaupunginosasta.",),
        (
            Comment(
                "Talkoissa tutustuin naapureihin, joiden ohi olin kävellyt kymmenen vuotta.",
                "Kiitos. Tämä kerrottiin päättäjälle sellaisenaan.",
            ),
        ),
    ),
    Story(
        "Raitiotiepysäkin siirtäminen Vallilassa",
        "environment",
        STREETS,
        ("Lautakunta päätti, että Vallilan raitiotiepysäkki siirretään kirjaston eteen.",),
        ("Nykyiseltä pysäkiltä on kirjastoon kaksi mutkaa ja yksi suojatie, jota ei näe.",),
        (
            Comment(
                "Pyörätuolilla nykyinen reunakivi on liian korkea. Katsokaa se samalla.",
                "Reunakivi lasketaan uudella pysäkillä kolmeen senttiin.",
                changed=True,
            ),
            Comment(
                "Siirto vie hyvän penkin mennessään.",
                "Penkki muuttaa mukana.",
                changed=True,
            ),
        ),
        hearing="Pysäkki kirjaston eteen vai ei? Kartat pöydälle, rataverkon suunnittelija paikalla. Esteettömyydestä "
        "puhutaan ensin.",
    ),
    Story(
        "Talvikunnossapidon kokeilu Vallilan kouluteillä",
        "environment",
        STREETS,
        ("Lautakunta päätti, että Vallilan koulutiet aurataan ja hiekoitetaan arkisin ennen kello 7.30.",),
        ("Aamun liukastumiset ovat vähentyneet siellä, missä koulutie aurataan ensin.",),
        (
            Comment(
                "Hieno juttu. Toivottavasti myös portaat muistetaan.",
                "Portaat lisättiin reittiin.",
                changed=True,
            ),
        ),
    ),
    Story(
        "Kirjaston aulan näyttelyseinä Vallilassa",
        "culture",
        LIBRARY,
        ("Lautakunta päätti, että Vallilan kirjaston aulan seinä on asukkaiden näyttelytilana maksutta.",),
        ("Seinälle on jonoa, ja kutojien viime näyttelyn kävi katsomassa puoli kaupunginosaa.",),
        (
            Comment(
                "Voiko seinälle ripustaa myös valokuvia vanhoista portaikoista? Niitä on minulla satoja.",
                "Voi. Ehdotamme maaliskuuta ja satojen sijasta kolmeakymmentä.",
            ),
        ),
    ),
    Story(
        "Koira-aitauksen paikka Vallilan laidalla",
        "environment",
        PARKS,
        ("Lautakunta päätti, että Vallilan koira-aitaus sijoitetaan puistikon pohjoislaidalle.",),
        ("Kuulemisessa paikkaa pidettiin leikkipaikasta riittävän kaukaisena ja lenkkipolkua riittävän lähellä.",),
        (
            Comment(
                "Pienille ja isoille koirille omat puolet, kiitos.",
                "Aitaus jaetaan kahteen osaan.",
                changed=True,
            ),
            Comment("Onko juomapaikka mukana?", "Juomapaikka tulee portin viereen."),
        ),
        hearing="Koirat saavat jäädä oven ulkopuolelle, mielipiteet eivät. Kerro, mihin aitaus tehdään.",
    ),
    Story(
        "Vallilan asukastilojen yhteinen avainpalvelu",
        "culture",
        ROOMS,
        ("Lautakunta päätti, että kirjasto, koulu ja nuorisotalo ottavat käyttöön yhteisen avainpalvelun Vallilassa.",),
        ("Yksi avain riittää, kun varaukset ovat yhdessä paikassa.",),
        (
            Comment(
                "Vihdoinkin loppuu avainten juoksuttaminen korttelista toiseen.",
                "Kiitos. Ensimmäiset avaimet ovat jaossa, kun lautakunta on päättänyt.",
            ),
        ),
        hearing="Kolme taloa, yksi avain. Näytämme, miten se toimisi, ja kuulemme, mikä siinä hiertää.",
    ),
)
"""In the order in which they are opened. The last ones are still being prepared."""
