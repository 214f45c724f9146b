"""The words of the made-up notices, mostly Finnish, some Swedish and English."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Poster:
    """A notice's words per language; `language` is the one it was written in."""

    titles: Mapping[str, str]
    texts: Mapping[str, str]
    by: str = ""
    kind: str = "announcement"
    language: str = "fi"


def fi(title: str, text: str, by: str = "", kind: str = "announcement") -> Poster:
    return Poster({"fi": title}, {"fi": text}, by, kind)


EVENINGS: Mapping[str, tuple[Poster, ...]] = {
    "library": (
        Poster(
            {"fi": "Satutuokio", "sv": "Sagostund", "en": "Story time"},
            {
                "fi": "Tyynyt lattialle ja korvat auki. Alle kouluikäisille ja kenelle tahansa syliin mahtuvalle.",
                "sv": "Kuddar på golvet och öron på vid gavel. För dem som ännu inte går i skolan.",
                "en": "Cushions on the floor, ears wide open. For those who do not go to school yet.",
            },
        ),
        fi(
            "Digineuvontaa ilman kiirettä",
            "Tuo puhelin, läppäri tai pelkkä kysymys. Neuvoja istuu vieressä, ei yläpuolella.",
        ),
        fi("Runoilta sateen sattuessa", "Avoin mikrofoni, lyhyet runot, pitkä tauko. Jos ei sada, luetaan sadetta."),
        Poster(
            {"fi": "Kielikahvila", "sv": "Språkkafé", "en": "Language café"},
            {
                "fi": "Puhutaan suomea hitaasti ja paljon. Virheet kuuluvat ohjelmaan.",
                "sv": "Vi talar finska långsamt och mycket. Fel hör till programmet.",
                "en": "We speak Finnish slowly and a lot. Mistakes are part of the programme.",
            },
        ),
        fi(
            "Kotiseutuilta: mistä kadut saivat nimensä",
            "Vanhoja karttoja, uusia arvauksia. Tuo valokuva, jos sinulla on.",
        ),
    ),
    "pelimannit": (
        fi("Tanssit salissa", "Polskaa, jenkkaa ja yksi valssi, jota kukaan ei osaa loppuun. Askeleet opetetaan."),
        fi("Yhteissoittoa", "Ota mukaan soitin, jota et ole vuosiin soittanut. Täällä se saa natista."),
    ),
    "kuoro": (
        fi("Villit Alttoviulut laulaa", "Kuoro, jossa ei ole yhtään alttoviulua. Vapaa pääsy, pulla maksaa euron."),
        fi("Laulunilta kaikille", "Nuotteja ei tarvitse osata lukea, kunhan avaa suunsa."),
    ),
    "lukupiiri": (
        fi("Kirjailta: keskenjääneet kirjat", "Kerro, mihin kirja jäi ja miksi. Kukaan ei paljasta loppua."),
        fi("Rivien välissä -ilta", "Luemme yhden sivun ääneen ja puhumme siitä kaksi tuntia."),
    ),
    "newcomers": (
        Poster(
            {"en": "Tea and small talk", "fi": "Teetä ja rupattelua"},
            {
                "en": "New in the neighbourhood? So were we all once. Tea, biscuits, and how to read a laundry rota.",
                "fi": "Uusi naapurustossa? Niin olimme kerran kaikki. Teetä, keksejä ja pyykkivuorolistan lukutaitoa.",
            },
            language="en",
        ),
    ),
}
"""What is told of an evening that is open to all, by who holds it."""

NEWS: tuple[Poster, ...] = (
    fi(
        "Talkoot puutarhassa",
        "Lapiot löytyvät vajasta, keitto kattilasta. Tule puoleksi tunniksi tai koko päiväksi.",
        "viljelijat",
        "volunteering",
    ),
    fi("Löytyi vasen rukkanen", "Harmaa, peukalossa tähti. Odottaa pariaan palvelutiskillä.", "library"),
    Poster(
        {"sv": "Nya medlemmar i läsecirkeln", "fi": "Lukupiiriin uusia jäseniä"},
        {
            "sv": "Vi läser på svenska, pratar på vad som helst och dricker alltid te.",
            "fi": "Luemme ruotsiksi, puhumme miten kukin ja juomme aina teetä.",
        },
        "lasecirkel",
        "hobby",
        "sv",
    ),
    fi(
        "Pyöräpaja korjaa yhdessä",
        "Opit paikkaamaan renkaan ja lainaat avaimen, johon ei muuten ole asiaa.",
        "pyorapaja",
        "hobby",
    ),
    fi("Shakkilaudat aulaan", "Kaksi lautaa on nyt aulassa aina. Peli saa jäädä kesken, kukaan ei siirrä.", "shakki"),
    fi(
        "Läksykaveri etsii läksykaveria",
        "Tunti viikossa, kaksi tuolia ja matematiikkaa, josta selviää kuka vain.",
        "vanhemmat",
        "volunteering",
    ),
    Poster(
        {"en": "Spare winter coats", "fi": "Talvitakkeja vaihtoon"},
        {
            "en": "Bring one that has grown too small, take one that fits. The rail stands by the door.",
            "fi": "Tuo pieneksi jäänyt, ota sopiva. Rekki on oven vieressä.",
        },
        "newcomers",
        "volunteering",
        "en",
    ),
    fi("Kudontanäyttely aulassa", "Kaupunki kudottuna: kolme metriä katua ja yksi raitiovaunu.", "kutojat"),
    fi("Lasten salibandykoulu", "Pallo on kevyt ja säännöt kevyempiä. Mailan saa lainaksi.", "salibandy", "hobby"),
    fi(
        "Kattilan äärellä: keittovuoro",
        "Haemme kahta, jotka jaksavat pilkkoa. Resepti annetaan, sipuli itkettää.",
        "kokit",
        "volunteering",
    ),
    fi("Sulkapalloa aloittelijoille", "Ensimmäinen kerta on aina ilmainen, toinenkin.", "sulkapallo", "hobby"),
)
"""Small news, by who tells it, in turn."""

NOT_PUBLISHED: tuple[tuple[Poster, str], ...] = (
    (fi("Iltalenkki torstaisin", "Lähdemme portilta kuudelta. Hitain määrää vauhdin.", kind="hobby"), ""),
    (fi("Myydään sohva, hyvä hinta", "Soittele iltaisin, sohva lähtee halvalla."), "advertising"),
    (fi("Lautapelejä sunnuntaina", "Pöytä ikkunan alla. Säännöt luetaan kerran, sitten riidellään.", kind="event"), ""),
    (fi("Etsin naapuria", "Hän asuu kolmannessa kerroksessa ja soittaa rumpuja."), "personal-data"),
    (fi("Siemenvaihto", "Tomaattia, krassia ja yksi tuntematon pussi.", kind="volunteering"), ""),
    (fi("Ilta", "Tulkaa.", kind="event"), "incomplete"),
)
"""What groups without proof ask for, and why the library did not publish it; empty where it did."""
