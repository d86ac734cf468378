using System.Runtime.CompilerServices;
using AdwUNet.Architectures;
using AdwUNet.Evaluation;
using AdwUNet.Experiments;
using AdwUNet.Imaging;
using AdwUNet.Networks;
using AdwUNet.Planning;
using AdwUNet.Prediction;
using AdwUNet.Runs;
using AdwUNet.Scheduling;
using AdwUNet.Search;
using AdwUNet.Training;
using Microsoft.Data.Analysis;
using Microsoft.DotNet.Interactive.Formatting;
using Plotly.NET;
using TorchSharp;

namespace AdwUNet.Interactive;

/// <summary>Registers displays of this project's types, for a cell's last value and for <c>display</c>.</summary>
public static class NotebookSetup
{
    private const string Html = "text/html";
    private const string Plain = "text/plain";

    /// <summary>
    /// Registers the displays of charts, figures, volumes, label maps, plans, architectures, networks, searches, trainings and their
    /// histories, grids and their states, evaluations, data frames and tensors. It may be called again. Loading this library calls it, too.
    /// </summary>
    public static void Register()
    {
        Register<GenericChart>(ChartHtml.Render, ChartText.Render);
        Register<HtmlFigure>(f => f.Html, f => f.ToString());
        Register<Volume>(v => Charts.SliceSlider(v).WithCaption(Summaries.Of(v)).Html, Summaries.Of);
        Register<LabelMap>(m => Summaries.Preformatted(Summaries.Of(m)), Summaries.Of);
        Register<Plan>(p => Tables.Plan(p).Html, p => Tables.Plan(p).Text);
        Register<EvaluationReport>(EvaluationHtml, r => r.ToText());
        Register<SearchSpace>(NetworkDisplays.Of);
        Register<Architecture>(NetworkDisplays.Of);
        Register<Supernet>(NetworkDisplays.Of);
        Register<DerivedUNet>(NetworkDisplays.Of);
        Register<SearchRun>(RunDisplays.Of);
        Register<TrainingRun>(RunDisplays.Of);
        Register<RunFolder>(RunDisplays.Of);
        Register<GridStatus>(StatusDisplay.Of);
        Register<IReadOnlyList<SearchEpoch>>(RunDisplays.Of);
        Register<IReadOnlyList<TrainingEpoch>>(RunDisplays.Of);
        Register<GridResults>(RunDisplays.Of);
        Register<DataFrame>(GridFrames.Table);
        Register<torch.Tensor>(t => Summaries.Preformatted(Summaries.Of(t)), Summaries.Of);
    }

    private static void Register<T>(Func<T, HtmlFigure> show) => Register<T>(value => show(value).Html, value => show(value).ToString());

    // A report without a case has nothing for a chart.
    private static string EvaluationHtml(EvaluationReport report) => report.Cases.Count == 0
        ? Tables.Evaluation(report).Html
        : Tables.Evaluation(report).Html + ChartHtml.Render(Charts.Dice(report).WithCaption("Each point is a case; each line is a median. Dice 1 is full agreement, Dice 0 none."));

    private static void Register<T>(Func<T, string> html, Func<T, string> text)
    {
        Formatter.Register<T>((value, writer) => writer.Write(html(value)), Html);
        Formatter.Register<T>((value, writer) => writer.Write(text(value)), Plain);
        Formatter.SetPreferredMimeTypesFor(typeof(T), Html, Plain);
    }

    // A notebook shows charts without registering formatters itself.
#pragma warning disable CA2255 // This library is loaded by notebooks, which are applications that cannot have an initializer of their own.
    [ModuleInitializer]
    internal static void Initialize()
    {
        FSharpCore.Enable();
        Register();
    }
#pragma warning restore CA2255
}
