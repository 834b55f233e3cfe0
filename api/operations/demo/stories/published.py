"""Ideas whose story everybody may read."""

from api.operations.demo.script import Added, Story, asked, said_yes, step
from models.vocabulary import Shown

ASKABLE = (Shown.DISTRICT, Shown.CONTACT)
NAMED = (*ASKABLE, Shown.NAME)

SIGNS = {
    "problem": "In unserem Haus lag eine Nachbarin zwei Tage lang in ihrer Wohnung, und niemand hatte es bemerkt. Sie "
    "ist wieder gesund, aber uns ließ das nicht los.",
    "steps": "Im Treppenhaus zum Kaffee einladen und die Idee erzählen.\n"
    "Je Aufgang zwei Menschen finden, die hinschauen.\n"
    "Schilder austeilen: Morgens dreht man sie von Rot auf Grün.\n"
    "Ist ein Schild um elf noch rot, klingelt jemand.\n"
    "Einmal im Monat Kaffee für das ganze Haus.",
    "people": "Zwei Menschen je Aufgang, eine Viertelstunde am Vormittag.",
    "money": "90 Euro für die Schilder eines Hauses.",
    "room": "Ein Treppenhaus.",
    "permission": "Die Wohnungsgenossenschaft hat der Liste im Treppenhaus zugestimmt.",
    "partners": "Die Werkstatt für Menschen mit Behinderung druckt die Schilder zum Selbstkostenpreis.",
    "went_wrong": "Am Anfang fühlten sich manche beobachtet. Seit wir dazusagen, dass niemand mitmachen muss, machen "
    "fast alle mit.",
    "changed": "Vier Mal kam Hilfe gerade rechtzeitig. Meistens aber hat man das Schild einfach vergessen und trinkt "
    "dann zusammen einen Kaffee. Das Schild ist nur der Anlass: Klingeln kann man nur bei jemandem, dessen Namen man "
    "kennt.",
    "easy_language": "Viele Menschen wohnen allein.\nWenn sie Hilfe brauchen, merkt es oft niemand.\n"
    "Deshalb hängt an jeder Tür ein Schild.\nAm Morgen dreht man das Schild auf Grün.\n"
    "Ist das Schild um 11 Uhr noch rot?\nDann klingelt ein Nachbar.",
    "title_en": "Doorbell signs: neighbours who look in",
    "teaser_en": "Whoever lives alone turns a sign at the door each morning. Where it stays red, a neighbour rings.",
    "steps_en": "Invite everybody to coffee in the stairwell.\nFind two people for each staircase.\n"
    "Hand out the signs: each morning they are turned from red to green.\n"
    "Where one is still red at eleven, somebody rings.\nOnce a month, coffee for the whole house.",
    "changed_en": "Four times help came just in time. Mostly, the sign was simply forgotten, and you have a coffee "
    "together.",
}
HELPED = (
    {"what": "Haushalte, die mitmachen", "value": "140", "provenance": "counted"},
    {"what": "Hilfe kam rechtzeitig", "value": "4", "unit": "Mal", "provenance": "self_reported"},
)

BUS = {
    "problem": "Kleine Schulen haben keinen Werkraum mehr, und die Betriebe in der Nähe suchen Auszubildende.",
    "steps": "Einen alten Linienbus finden und die Sitze gegen Werkbänke tauschen.\n"
    "Menschen fragen, die vierzig Jahre im Handwerk gearbeitet haben.\n"
    "Eine Woche je Schule: Am Montag trauen sich die Kinder kaum an die Bohrmaschine, am Freitag erklären sie ihren "
    "Eltern, wie man eine Platine lötet.",
    "people": "Zwei, die fahren, und je Woche vier, die anleiten.",
    "money": "11.000 Euro im Jahr für Versicherung, Prüfung und Diesel.",
    "room": "Ein Schulhof, und nachts ein Betriebshof.",
    "permission": "Hauptuntersuchung und eine Versicherung, die Werkzeug im Bus kennt.",
    "partners": "Ein Busunternehmen aus Freiberg, die Innung, der Landkreis.",
    "went_wrong": "Einmal blieb der Bus liegen. Das war der wichtigste Tag, denn an ihm hat die ganze Innung "
    "mitgeholfen, und seitdem gehört der Bus allen ein bisschen.",
    "changed": "Der Bus sollte verschrottet werden. Heute riecht er nach Holz und Lötzinn. Vier Jugendliche haben "
    "einen Lehrvertrag unterschrieben, und der Landkreis bezahlt den Diesel weiter.",
}
TAUGHT = (
    {"what": "Schulen", "value": "11", "provenance": "counted"},
    {"what": "Kinder", "value": "640", "provenance": "counted"},
    {"what": "Lehrverträge", "value": "4", "provenance": "documented"},
)

CAR = {
    "problem": "Der letzte Bus fährt um halb fünf. Wer danach zur Chorprobe oder zum Arzt muss, bleibt zu Hause oder "
    "fragt immer dieselben.",
    "steps": "Im Gemeindeblatt fragen, wer fahren würde. Bei uns meldeten sich dreiundzwanzig.\n"
    "Ein Elektroauto leasen und am Feuerwehrhaus laden.\n"
    "Eine Telefonnummer genügt: Wer bis zwölf anruft, wird am selben Tag gefahren.\n"
    "Den Plan der Woche an die Bäckerei hängen.",
    "people": "Achtzehn, die fahren, und jede Woche jemand anderes am Telefon.",
    "money": "310 Euro im Monat für Leasing, Strom und Versicherung. Die Hälfte kommt in die Spendenbox im Auto.",
    "room": "Ein Stellplatz mit Steckdose am Feuerwehrhaus.",
    "permission": "Die Spenden decken höchstens die Betriebskosten, deshalb braucht es keine Genehmigung. Das "
    "Landratsamt hat uns das schriftlich gegeben.",
    "partners": "Die Gemeinde hat den Leasingvertrag, das Autohaus stellt im Winter einen Ersatzwagen.",
    "went_wrong": "Wir hatten zuerst eine App. Vier Menschen haben sie benutzt. Das Telefon benutzen alle.",
    "changed": "Der Chor hat wieder einen Bass. Und wer fährt, erfährt beim Fahren, wem im Dorf die Holzscheite "
    "ausgehen.",
    "easy_language": "In manchen Dörfern fährt abends kein Bus.\nWir haben ein Auto.\nDas Auto heißt Lotte.\n"
    "Sie rufen uns an.\nDann holen wir Sie ab.",
}
DRIVEN = (
    {"what": "Fahrten im ersten Jahr", "value": "1140", "provenance": "counted"},
    {"what": "Menschen, die fahren", "value": "18", "provenance": "counted"},
)

BEDS = {
    "problem": "Die Kinder hatten keinen Garten. Die alten Menschen nebenan hatten einen, in den niemand mehr ging.",
    "steps": "Beide Häuser an einen Tisch holen, ehe jemand ein Beet baut.\n"
    "Acht Hochbeete bauen, unter die ein Rollstuhl passt.\n"
    "Jedem Beet zwei Namen geben: einen aus der Kita und einen aus dem Heim.\n"
    "Zweimal in der Woche eine Stunde, und bei Regen wird wenigstens nachgesehen.\n"
    "Im September zusammen essen, was gewachsen ist.",
    "people": "Je Haus jemand, der mitgeht, und ein Gärtner im Ruhestand.",
    "money": "1.600 Euro für Holz, Erde und das Tor.",
    "room": "Achtzig Quadratmeter, die Hälfte davon in der Sonne.",
    "permission": "Das Einverständnis der Eltern und ein Hygieneplan von einer Seite. Das Gesundheitsamt hat ihn mit "
    "uns geschrieben.",
    "partners": "Der Bauhof hat das Holz zugeschnitten. Die Gärtnerei schenkt, was im Mai übrig ist.",
    "went_wrong": "Im ersten Sommer hat in den Ferien niemand gegossen. Seitdem hat das Heim den Schlauch und die Kita "
    "die Kannen.",
    "changed": "Ein Bewohner hatte lange kaum gesprochen. Jetzt erklärt er jeden Dienstag, warum man Tomaten ausgeizt, "
    "und vier Kinder hören zu.",
}
GROWN = (
    {"what": "Gemeinsame Stunden im Jahr", "value": "86", "provenance": "counted"},
    {"what": "Erdbeeren", "value": "31", "unit": "kg", "provenance": "self_reported"},
)

KEYS = {
    "problem": "Viele Frauen bleiben Monate länger im Frauenhaus als nötig, weil sie keine Wohnung finden. So lange "
    "ist kein Platz für die nächste.",
    "steps": "Eine Genossenschaft finden, die zuerst Ja sagt. Die zweite fragt dann: Warum wir nicht?\n"
    "Der Verein mietet, und sein Name steht am Klingelschild.\n"
    "Eine Kiste mit Töpfen, Bettzeug und Werkzeug packen, ehe jemand einzieht.\n"
    "Ein Jahr lang jede Woche ein Besuch, wo er gewünscht ist.\n"
    "Nach einem Jahr geht der Vertrag auf die Frau über.",
    "people": "Eine halbe Stelle und sechs Ehrenamtliche mit Schulung und Führungszeugnis.",
    "money": "900 Euro je Wohnung für die Ausstattung und eine Monatsmiete als Rücklage.",
    "room": "Kleine Wohnungen an verschiedenen Orten, nie zwei in einem Haus.",
    "permission": "Eine Auskunftssperre im Melderegister für jede, die sie möchte. Den Antrag füllen wir am ersten Tag "
    "zusammen aus.",
    "partners": "Drei Genossenschaften, eine feste Ansprechpartnerin im Jobcenter und eine Umzugsfirma, die nichts "
    "aufschreibt.",
    "went_wrong": "Ein Paketbote fragte nach dem Namen, und eine Nachbarin nannte ihn. Seitdem bitten wir vorher das "
    "ganze Haus, keine Namen zu sagen, ohne zu erzählen, warum.",
    "changed": "Ein Platz im Frauenhaus wird im Schnitt sieben Wochen früher frei. Eine der ersten Mieterinnen packt "
    "jetzt die Kisten für die nächsten.",
}
HOUSED = (
    {"what": "Frauen mit eigenem Mietvertrag", "value": "9", "provenance": "documented"},
    {"what": "Platz wird früher frei", "value": "7", "unit": "Wochen", "provenance": "self_reported"},
)

STORIES = (
    Story(
        key="klingelzeichen",
        owner="franziska",
        title="Klingelzeichen: Nachbarn, die kurz vorbeischauen",
        summary="Wer allein lebt, hängt morgens ein Schild an die Tür. Fehlt es, klingelt jemand aus dem Haus. "
        "So einfach, und es wirkt.",
        problem="In großen Häusern merkt oft niemand, wenn es jemandem nicht gut geht.",
        solution="Ein Schild, eine Liste im Treppenhaus und in jedem Aufgang zwei Menschen, die hinschauen. "
        "Einmal im Monat gibt es Kaffee für das ganze Haus.",
        target_group="Alleinlebende Menschen in Dresden-Prohlis und ihre Nachbarschaft.",
        district="DED21",
        themes=("neighbourhood", "ageing", "care"),
        steps=(
            step(330, "franziska", "submit"),
            step(325, "carla", "shortlist", "Eine kleine Idee mit großer Wirkung."),
            asked(325, "ben"),
            said_yes(323, "ben"),
            step(316, "ben", "agree_plan"),
            step(298, "franziska", "submit_work"),
            step(294, "ben", "approve_concept"),
            step(286, "ben", "request_support", "Wir brauchen eine Druckerei für 300 Türschilder."),
            step(
                275, "carla", "arrange", "Die Werkstatt für Menschen mit Behinderung druckt sie zum Selbstkostenpreis."
            ),
            step(258, "franziska", "confirm_use", "Alle Schilder hängen."),
            step(250, "ben", "no_support_needed"),
            step(222, "franziska", "check_in", "Zwei Häuser machen schon mit.", answer="on_track"),
            step(194, "franziska", "check_in", "Jetzt sind es sieben Aufgänge.", answer="on_track"),
            step(166, "franziska", "check_in", "Die Wohnungsgenossenschaft übernimmt die Idee.", answer="done"),
            step(158, "ben", "conclude", "140 Haushalte, vier Mal kam Hilfe rechtzeitig."),
            step(144, "franziska", "submit_story", words=SIGNS, outcomes=HELPED, effort="weeks"),
            step(140, "carla", "approve_story"),
            step(
                136,
                "franziska",
                "consent",
                "Sehr gern! Wir freuen uns über alle, die es nachmachen.",
                shows=NAMED,
                licence="cc_by",
            ),
        ),
        added=(
            Added(
                41,
                "question",
                "Gustav",
                "Bei uns wohnen viele, die schlecht sehen. Geht es auch ohne Farben?",
                (
                    step(40, "carla", "show"),
                    step(
                        37,
                        "franziska",
                        "answer",
                        "Ja! Ein Aufgang hat Schilder aus Holz, auf einer Seite glatt, auf der anderen geriffelt.",
                    ),
                ),
            ),
            Added(
                25,
                "support",
                "Irmgard",
                "Ich bin 84 und drehe mein Schild jeden Morgen vor dem Kaffee. Danke an den dritten Stock!",
                (step(24, "carla", "show"),),
            ),
        ),
    ),
    Story(
        key="werkstattbus",
        owner="reinhard",
        title="Werkstattbus für Schulen auf dem Land",
        summary="Ein ausgedienter Linienbus voller Werkzeug fährt zu kleinen Schulen. Kinder sägen, löten und "
        "nähen, und Handwerksbetriebe lernen ihren Nachwuchs kennen.",
        problem="Kleine Schulen haben keinen Werkraum mehr. Die Betriebe in der Nähe suchen zugleich Auszubildende.",
        solution="Der Bus steht je eine Woche auf dem Schulhof. Rentnerinnen und Rentner aus dem Handwerk leiten an, "
        "Betriebe bringen Material mit.",
        target_group="Kinder der Klassen 3 bis 8 in Mittelsachsen.",
        district="DED43",
        themes=("youth", "education", "work"),
        steps=(
            step(360, "reinhard", "submit"),
            step(356, "henriette", "request_clarification", "Wer fährt den Bus, und wo steht er über Nacht?"),
            step(
                351, "reinhard", "clarify", "Zwei frühere Busfahrer wechseln sich ab. Nachts steht er im Betriebshof."
            ),
            step(347, "henriette", "shortlist"),
            asked(347, "oskar"),
            said_yes(345, "oskar"),
            step(338, "oskar", "agree_plan"),
            step(318, "reinhard", "submit_work"),
            step(314, "oskar", "approve_concept"),
            step(306, "oskar", "request_support", "Der Bus braucht eine neue Hauptuntersuchung und eine Versicherung."),
            step(290, "henriette", "arrange", "Ein Busunternehmen aus Freiberg übernimmt beides für ein Jahr."),
            step(262, "reinhard", "confirm_use", "Der Bus ist durch die Prüfung, sogar die Hupe geht."),
            step(254, "oskar", "no_support_needed"),
            step(226, "reinhard", "check_in", "Drei Schulen, 120 Vogelhäuser.", answer="on_track"),
            step(198, "reinhard", "check_in", "Das Getriebe ist kaputt.", answer="needs_help"),
            step(196, "oskar", "give_help", "Der Innungsmeister hat ein gebrauchtes Getriebe und baut es ein."),
            step(168, "reinhard", "check_in", "Er fährt wieder, fünf Schulen stehen auf der Liste.", answer="on_track"),
            step(140, "reinhard", "check_in", "Der Landkreis nimmt den Bus in seinen Haushalt auf.", answer="done"),
            step(132, "oskar", "conclude", "Elf Schulen, 640 Kinder, vier Lehrverträge."),
            step(118, "reinhard", "submit_story", words=BUS, outcomes=TAUGHT, effort="months"),
            step(114, "henriette", "approve_story"),
            step(110, "reinhard", "consent", shows=ASKABLE, licence="cc_by"),
        ),
    ),
    Story(
        key="dorfauto",
        owner="karla",
        title="Lotte fährt: ein Auto für drei Dörfer",
        summary="In drei Dörfern bei Zschopau fährt abends kein Bus mehr. Jetzt gibt es Lotte: ein Elektroauto, das "
        "man anruft, und achtzehn Menschen, die es fahren.",
        problem="Der letzte Bus fährt um halb fünf. Wer danach noch etwas vorhat, ist auf andere angewiesen.",
        solution="Ein geleastes Auto, ein Telefon und ein Plan an der Bäckerei.",
        target_group="Menschen ohne Auto in drei Dörfern im Erzgebirge.",
        district="DED42",
        themes=("mobility", "ageing", "neighbourhood"),
        steps=(
            step(345, "karla", "submit"),
            step(341, "henriette", "shortlist", "Schon der Name fährt von allein."),
            asked(341, "marlene"),
            said_yes(338, "marlene"),
            step(331, "marlene", "agree_plan"),
            step(312, "karla", "submit_work"),
            step(308, "marlene", "approve_concept"),
            step(299, "marlene", "no_support_needed", "Das Autohaus im Ort macht ein gutes Angebot."),
            step(271, "karla", "check_in", "Lotte ist da. Sie ist gelb.", answer="on_track"),
            step(243, "karla", "check_in", "Die App ist wieder weg, das Telefon klingelt.", answer="on_track"),
            step(215, "karla", "check_in", "Achtzehn fahren, einer repariert.", answer="done"),
            step(207, "marlene", "conclude", "Die Gemeinde hat den Vertrag um drei Jahre verlängert."),
            step(190, "karla", "submit_story", words=CAR, outcomes=DRIVEN, effort="months"),
            step(186, "henriette", "approve_story"),
            step(182, "karla", "consent", "Gern, und mitfahren darf man auch!", shows=NAMED, licence="cc_by"),
        ),
        added=(Added(1, "offer", "Jochen", "Ich war Busfahrer und hätte donnerstags Zeit für Lotte."),),
    ),
    Story(
        key="beetnachbarn",
        owner="nadia",
        title="Beetnachbarn: Kita und Pflegeheim teilen einen Garten",
        summary="Zwischen der Kita und dem Pflegeheim stand ein Zaun. Jetzt ist dort ein Tor, und dahinter wachsen "
        "Erdbeeren auf Hüfthöhe.",
        problem="Die Kinder hatten keinen Garten, und die alten Menschen hatten einen, in den niemand mehr ging.",
        solution="Ein Tor im Zaun, acht Hochbeete und zweimal in der Woche eine gemeinsame Stunde.",
        target_group="Kinder einer Kita in Delitzsch und die Menschen im Pflegeheim nebenan.",
        district="DED53",
        themes=("ageing", "youth", "environment"),
        steps=(
            step(320, "nadia", "submit"),
            step(316, "yusuf", "shortlist"),
            asked(316, "mai"),
            said_yes(313, "mai"),
            step(306, "mai", "agree_plan"),
            step(287, "nadia", "submit_work"),
            step(283, "mai", "approve_concept"),
            step(274, "mai", "no_support_needed", "Das Holz kommt vom Bauhof."),
            step(246, "nadia", "check_in", "Das Tor ist drin. Es quietscht, und alle mögen das.", answer="on_track"),
            step(218, "nadia", "check_in", "Die Tomaten sind höher als die Kinder.", answer="on_track"),
            step(190, "nadia", "check_in", "Wir haben zusammen geerntet und gegessen.", answer="done"),
            step(182, "mai", "conclude", "Beide Häuser machen weiter, auch ohne uns."),
            step(165, "nadia", "submit_story", words=BEDS, outcomes=GROWN, effort="weeks"),
            step(161, "yusuf", "approve_story"),
            step(157, "nadia", "consent", licence="cc_by_sa"),
        ),
    ),
    Story(
        key="schluesselbund",
        owner="olena",
        title="Schlüsselbund: die erste Wohnung danach",
        summary="Wer aus dem Frauenhaus auszieht, braucht eine Wohnung, deren Adresse niemand kennt. Drei "
        "Genossenschaften halten dafür je eine frei.",
        problem="Viele Frauen bleiben länger im Frauenhaus als nötig, weil sie keine Wohnung finden.",
        solution="Der Verein mietet, die Frau wohnt, und nach einem Jahr geht der Vertrag auf sie über.",
        target_group="Frauen, die aus dem Frauenhaus ausziehen, und ihre Kinder.",
        district="DED21",
        themes=("housing", "counselling"),
        steps=(
            step(300, "olena", "submit"),
            step(296, "carla", "shortlist"),
            asked(296, "ben"),
            said_yes(293, "ben"),
            step(286, "ben", "agree_plan"),
            step(267, "olena", "submit_work"),
            step(263, "ben", "approve_concept"),
            step(254, "ben", "no_support_needed"),
            step(226, "olena", "check_in", "Die erste Kiste ist gepackt.", answer="on_track"),
            step(198, "olena", "check_in", "Zwei Wohnungen sind bewohnt.", answer="on_track"),
            step(170, "olena", "check_in", "Die dritte Genossenschaft hat von sich aus gefragt.", answer="done"),
            step(162, "ben", "conclude", "Neun Frauen und vierzehn Kinder haben ihr eigenes Dach."),
            step(145, "olena", "submit_story", words=KEYS, outcomes=HOUSED, effort="months"),
            step(141, "carla", "approve_story", "Wir haben den Ort überall herausgenommen. Passt es so für Sie?"),
            step(137, "olena", "consent", "Ja, bitte ohne Namen und ohne Ort.", shows=(), licence="cc_by"),
        ),
    ),
)
