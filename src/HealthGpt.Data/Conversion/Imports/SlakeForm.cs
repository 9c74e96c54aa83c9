using HealthGpt.Data.Samples;

namespace HealthGpt.Data.Conversion.Imports;

/// <summary>SLAKE: lists of objects with img_name, question, answer, q_lang (en or zh), answer_type and content_type; a list a split.</summary>
internal sealed class SlakeForm(ImportOptions options) : PublishedForm(options)
{
    public const string English = "en";
    public const string Chinese = "zh";
    public const string AllLanguages = "all";

    protected override string Expected => "train.json, validation.json and test.json beside a folder imgs";

    public override bool Wants(RowFields fields)
    {
        var language = fields.Text("q_lang");
        if (language.Length > 0 && language is not (English or Chinese))
            fields.Problem($"q_lang is {Quoted.Of(language)}, but must be {English} or {Chinese}");
        return Options.Language == AllLanguages || language == Options.Language || fields.Problems.Count > 0;
    }

    public override void Write(RowFields fields, PublishedFile file, string? picture, SampleLine line)
    {
        var (id, kind) = (fields.OptionalText("qid"), fields.OptionalText("content_type"));
        line.Write(id, fields.Text("img_name"), fields.Text("question"), fields.Text("answer"), kind, fields.IsClosed(), file.Split);
    }

    protected override PublishedFiles FindFiles()
    {
        (string Split, string? Path)[] files =
        [
            ("train", Source.File("train.json")), ("validation", Source.File("validation.json", "validate.json")), ("test", Source.File("test.json")),
        ];
        var found = files.Where(file => file.Path is not null).Select(file => new PublishedFile(file.Path!, file.Split, Vqa)).ToList();
        return found.Count > 0 ? new PublishedFiles(found, ImagesIn("imgs")) : throw Missing("no list of questions");
    }
}
