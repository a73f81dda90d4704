/// How a report's page looks, on a screen and on paper.
enum PageStyle {
  /// For tables that an upright page is too narrow for.
  static let wide: StaticString = """
    @page { size: A4 landscape; }
    main { max-width: 297mm; }
    td.text { min-width: 4em; }
    @media print { main { max-width: none; } }

    """

  static let text: StaticString = """

    @page { size: A4; margin: 15mm 14mm 17mm;
      @bottom-center { content: counter(page) " / " counter(pages); font-size: 9pt; color: #555; } }
    :root { --ink: #1a1a1a; --soft: #555; --rule: #b9b9b9; --shade: #f1f1f1; --bar: #3d3d3d; }
    * { box-sizing: border-box; }
    body { margin: 0; background: #fff; color: var(--ink); font: 14px/1.55 "Noto Sans CJK SC",
      "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "Noto Serif Tibetan", "Microsoft Himalaya",
      "Noto Sans", "Segoe UI", sans-serif; font-variant-numeric: tabular-nums; }
    main { max-width: 210mm; margin: 0 auto; padding: 10mm 8mm; }
    header { border-bottom: 2px solid var(--ink); padding-bottom: 10px; margin-bottom: 16px; }
    h1 { font-size: 26px; line-height: 1.25; margin: 2px 0 4px; }
    h2 { font-size: 16px; margin: 0 0 8px; break-after: avoid; }
    p { margin: 0 0 6px; }
    .issuer { color: var(--soft); font-size: 13px; margin: 0; }
    .campaign { font-size: 15px; }
    section, figure, article { margin: 0 0 16px; }
    figure { break-inside: avoid; }
    .facts { display: flex; flex-wrap: wrap; gap: 2px 22px; margin: 6px 0 0; font-size: 13px; }
    .facts div { display: flex; gap: 6px; }
    .facts dt { color: var(--soft); white-space: nowrap; }
    .facts dd { margin: 0; }
    .highlights { display: grid; grid-template-columns: repeat(4, 1fr); gap: 8px; margin: 0 0 18px; }
    .highlights div { border: 1px solid var(--rule); border-radius: 3px; padding: 7px 10px;
      display: flex; flex-direction: column-reverse; }
    .highlights dt { color: var(--soft); font-size: 12px; line-height: 1.3; }
    .highlights dd { margin: 0; font-size: 21px; font-weight: 700; line-height: 1.25; }
    table { width: 100%; border-collapse: collapse; font-size: 12px; line-height: 1.4; }
    thead { display: table-header-group; }
    tr { break-inside: avoid; }
    th, td { padding: 4px 5px; border-bottom: 1px solid var(--rule); vertical-align: top;
      overflow-wrap: anywhere; }
    thead th { border-top: 1.5px solid var(--ink); border-bottom: 1.5px solid var(--ink); font-weight: 700;
      vertical-align: bottom; overflow-wrap: normal; }
    th.text, td.text { text-align: left; }
    th.number, td.number { text-align: right; }
    td.number { white-space: nowrap; overflow-wrap: normal; }
    tbody th { font-weight: 400; min-width: 9.5em; }
    tr.part th { padding-left: 20px; color: var(--soft); }
    tr.part td { color: var(--soft); }
    tr.total th, tr.total td { font-weight: 700; border-top: 1.5px solid var(--ink);
      border-bottom: 1.5px solid var(--ink); background: var(--shade); }
    .whole { white-space: nowrap; }
    th.number + th.text, td.number + td.text { padding-left: 14px; }
    .disputed { margin-left: 2px; font-weight: 700; }
    .note { color: var(--soft); font-size: 12px; margin: 5px 0 0; overflow-wrap: anywhere; }
    .chart { display: block; width: 100%; height: auto; font-size: 12px; }
    .chart text { fill: var(--ink); }
    .axis { stroke: var(--ink); stroke-width: 1; }
    .grid { stroke: var(--rule); stroke-width: 0.6; stroke-dasharray: 2 3; }
    .bar { fill: var(--bar); }
    .line { fill: none; stroke: var(--ink); stroke-width: 1.6; stroke-linejoin: round; }
    .dot { fill: #fff; stroke: var(--ink); stroke-width: 1.3; }
    article { border-top: 1px solid var(--ink); padding-top: 10px; }
    article h2 { font-size: 17px; }
    article .facts { break-after: avoid; }
    article .body { white-space: pre-wrap; overflow-wrap: anywhere; margin-top: 8px; font-size: 14px;
      line-height: 1.75; text-align: justify; orphans: 3; widows: 3; }
    .short { break-inside: avoid; }
    .foundation { margin-top: 18px; border-top: 2px solid var(--ink); padding-top: 10px; }
    @media print {
      main { max-width: none; padding: 0; }
      body { font-size: 10.5pt; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
    }

    """
}
