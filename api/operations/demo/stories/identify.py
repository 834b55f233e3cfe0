"""Ideas that are being read, and the draft of one that is not handed in yet."""

from api.operations.demo.script import Story, asked, no_answer, nobody_left, said_no, step

STORIES = (
    Story(
        key="jugendkueche",
        owner="tom",
        title="Jugendküche im alten Stellwerk",
        summary="Jugendliche kochen einmal in der Woche für sich und für alle, die gerade vorbeikommen. Das leere "
        "Stellwerk am Bahnhof wird dafür zur offenen Küche.",
        problem="Nach der Schule gibt es bei uns keinen Ort, an dem man sein kann, ohne etwas kaufen zu müssen.",
        solution="",
        target_group="Jugendliche zwischen 13 und 19 Jahren aus Zwickau und den Dörfern ringsum.",
        district="DED45",
        themes=("youth", "environment"),
    ),
    Story(
        key="repaircafe",
        owner="mehmet",
        title="Repariercafé auf Rädern",
        summary="Ein umgebauter Anhänger bringt Werkzeug und erfahrene Hände in Dörfer, in denen es keine Werkstatt "
        "mehr gibt. Repariert wird gemeinsam, bei Kaffee und Kuchen.",
        problem="In vielen Dörfern Nordsachsens landet der Toaster im Müll, weil die nächste Werkstatt 30 Kilometer "
        "entfernt ist. Zugleich sitzen Menschen mit viel handwerklichem Können allein zu Hause.",
        solution="Der Anhänger hält jeden Samstag in einem anderen Ort. Drei Ehrenamtliche reparieren zusammen mit "
        "den Leuten, die etwas mitbringen. Wer mag, lernt dabei und hilft beim nächsten Mal selbst.",
        target_group="Menschen in kleinen Orten, besonders Ältere ohne Auto und Familien mit wenig Geld.",
        district="DED53",
        themes=("environment", "neighbourhood"),
        steps=(step(1, "mehmet", "submit"),),
    ),
    Story(
        key="rettertopf",
        owner="mehmet",
        title="Rettertopf: gemeinsam kochen, was übrig ist",
        summary="Aus Lebensmitteln, die Märkte am Abend nicht mehr verkaufen, kochen Nachbarinnen und Nachbarn im "
        "Leipziger Osten ein gemeinsames Essen. Alle zahlen, was sie können.",
        problem="Viele Menschen im Viertel essen allein und müssen bei Lebensmitteln sparen. Gleichzeitig werfen die "
        "Händler auf dem Wochenmarkt am Abend kistenweise gutes Gemüse weg.",
        solution="Zweimal in der Woche holen wir mit dem Lastenrad ab, was übrig ist, und kochen in der Küche des "
        "Bürgertreffs. Das Rezept entsteht aus dem, was da ist. Gegessen wird an einem langen Tisch.",
        target_group="Alleinlebende, Familien und Studierende im Leipziger Osten.",
        district="DED51",
        themes=("environment", "neighbourhood"),
        steps=(
            step(25, "mehmet", "submit"),
            step(
                22,
                "yusuf",
                "write_note",
                "Klingt schön. Vor der Entscheidung mit dem Bürgertreff sprechen: Ist die Küche dafür zugelassen?",
                internal=True,
            ),
        ),
    ),
    Story(
        key="sprachtandem",
        owner="olena",
        title="Sprachtandem am Herd",
        summary="Zwei Menschen, zwei Sprachen, ein Gericht: Wer neu in Dresden ist, kocht mit jemandem, der schon "
        "lange hier lebt. Dabei lernt man die Sprache, die im Kurs nicht vorkommt.",
        problem="Nach dem Sprachkurs fehlt vielen die Übung. Deutsch hören sie im Amt und im Supermarkt, aber selten "
        "im Gespräch auf Augenhöhe.",
        solution="Wir bringen Paare zusammen, die sich sechs Mal zum Kochen treffen, mal bei der einen, mal bei der "
        "anderen Person. Zu jedem Treffen gibt es eine kleine Karte mit Wörtern und Fragen.",
        target_group="Menschen, die in den letzten drei Jahren nach Dresden gekommen sind, und Alteingesessene.",
        district="DED21",
        themes=("migration", "neighbourhood", "education"),
        steps=(
            step(12, "olena", "submit"),
            step(
                6,
                "carla",
                "request_clarification",
                "Vielen Dank für die schöne Idee! Zwei Fragen haben wir noch: Wie finden Sie die ersten zehn Paare? "
                "Und was machen Sie, wenn sich zwei nicht verstehen?",
            ),
        ),
    ),
    Story(
        key="tabletsprechstunde",
        owner="karla",
        title="Tablet-Sprechstunde im Dorfgasthof",
        summary="Jugendliche helfen älteren Menschen im Gasthof bei allem, was ein Bildschirm hat: Fotos "
        "verschicken, Arzttermine buchen, Betrug erkennen. Ohne Anmeldung und ohne Fachwörter.",
        problem="Bank, Bus und Arztpraxis gibt es bei uns fast nur noch im Netz. Wer damit nicht aufgewachsen ist, "
        "bleibt außen vor und traut sich oft nicht zu fragen.",
        solution="Jeden ersten Donnerstag im Monat sitzen vier Jugendliche im Gasthof. Sie werden vorher "
        "geschult und bekommen dafür ein Zeugnis. Der Wirt öffnet den Saal und stellt das WLAN.",
        target_group="Ältere Menschen in den Dörfern des Erzgebirges und Jugendliche ab 14 Jahren.",
        district="DED42",
        themes=("digital", "ageing", "youth"),
        steps=(
            step(14, "karla", "submit"),
            step(
                10,
                "henriette",
                "request_clarification",
                "Eine Frage vorab: Wer begleitet die Jugendlichen, wenn es schwierig wird, etwa beim Thema Geld?",
            ),
            step(
                6,
                "karla",
                "clarify",
                "Frau Arnold vom Jugendclub ist bei jedem Termin dabei. Bei Bankgeschäften zeigen die Jugendlichen "
                "nur, wo es Hilfe gibt. Passwörter tippt jede und jeder selbst ein.",
            ),
            step(1, "henriette", "shortlist", "Das passt sehr gut zu uns. Wir suchen jetzt einen Coach."),
        ),
    ),
    Story(
        key="bandohnebarrieren",
        owner="lena",
        title="Band ohne Barrieren",
        summary="Menschen mit und ohne Behinderung machen zusammen Musik und stehen am Ende auf einer richtigen "
        "Bühne. Die Instrumente passen sich den Menschen an, nicht umgekehrt.",
        problem="Musikschulen in der Region haben kaum Angebote für Menschen, die nicht nach Noten spielen oder ein "
        "umgebautes Instrument brauchen.",
        solution="Eine offene Probe in der Woche, ein Musiker und eine Heilerziehungspflegerin. Eine Werkstatt baut "
        "Instrumente um. Zweimal im Jahr spielen wir auf einem Stadtfest.",
        target_group="Jugendliche und Erwachsene mit und ohne Behinderung in Zwickau und Umgebung.",
        district="DED45",
        themes=("inclusion", "culture"),
        steps=(
            step(24, "lena", "submit"),
            step(16, "henriette", "shortlist", "Wir freuen uns auf diese Band!"),
            asked(16, "oskar"),
            said_no(15, "oskar", "no_time", "Zwei Ideen sind gerade in einer heißen Phase. In ein paar Wochen gern."),
            asked(15, "marlene"),
            no_answer("marlene"),
            asked(15, "jonas"),
            said_no(4, "jonas", "wrong_expertise", "Von Musik verstehe ich leider nichts."),
            nobody_left(4),
        ),
    ),
    Story(
        key="spieleboerse",
        owner="tom",
        title="App für gebrauchte Konsolenspiele",
        summary="Eine App, in der man Konsolenspiele tauschen und verkaufen kann. Für jeden Verkauf fällt eine "
        "kleine Gebühr an.",
        problem="Gebrauchte Spiele liegen in Schubladen, und im Laden sind sie teuer.",
        solution="Eine App mit Bewertungen und Versandetiketten.",
        target_group="Spielerinnen und Spieler in ganz Deutschland.",
        district="DED45",
        themes=("digital",),
        steps=(
            step(58, "tom", "submit"),
            step(
                53,
                "henriette",
                "request_clarification",
                "Danke für Ihre Idee! Können Sie uns sagen, welches Problem für die Menschen vor Ort kleiner wird?",
            ),
            step(
                49, "tom", "clarify", "Vor allem sparen die Leute Geld. Ein Angebot nur für die Region plane ich nicht."
            ),
            step(
                45,
                "henriette",
                "decline",
                "Danke, dass Sie uns Ihre Idee anvertraut haben. Sie ist ein Geschäft, und ein gutes könnte es "
                "werden, aber wir begleiten Vorhaben, die das Zusammenleben in der Region stärken. Die "
                "Gründungsberatung der Wirtschaftskammern hilft Ihnen kostenfrei weiter. Und wenn aus der App "
                "ein Spieletreff in Zwickau wird: Kommen Sie gern wieder.",
            ),
        ),
    ),
    Story(
        key="fahrradschule",
        owner="nadia",
        title="Fahrradschule für Frauen",
        summary="Frauen, die nie Rad fahren gelernt haben, üben in kleinen Gruppen auf einem Schulhof. Am Ende "
        "fahren alle gemeinsam an den See.",
        problem="Wer nicht Rad fährt und kein Auto hat, ist auf andere angewiesen, um zur Arbeit oder zum Kurs "
        "zu kommen.",
        solution="Zehn Übungsstunden mit zwei Trainerinnen, geliehenen Rädern und Kinderbetreuung nebenan.",
        target_group="Frauen in Leipzig, besonders solche, die aus anderen Ländern gekommen sind.",
        district="DED51",
        themes=("migration", "mobility"),
        steps=(
            step(80, "nadia", "submit"),
            step(75, "yusuf", "shortlist"),
            asked(75, "mai"),
            said_no(70, "mai", "no_time", "Eine großartige Idee. In zwei Monaten hätte ich Platz."),
            asked(70, "jonas"),
            step(
                66,
                "nadia",
                "withdraw",
                "Ein Sportverein hat unsere Idee übernommen und fängt gleich damit an. Wir machen dort mit. "
                "Danke für Ihre Unterstützung!",
            ),
        ),
    ),
)
