using System.Text.Json;
using SaeKernels.Files;

namespace SaeKernels.Tests.Cli;

public sealed class ReportCommandTests : IDisposable
{
    private const string Sweep = """
        {"verdict": "no-bounce", "latents": null,
         "histograms": {"bins": 100, "base": 2, "code_edges": [0, 2.5], "dictionary_edges": [-0.5, 0.5]}, "cells": [
          {"data": "data", "latents": 8, "sparsity": 1, "mse": 0.5, "total_information_bits": 100},
          {"data": "data", "latents": 8, "sparsity": 1, "mse": 0.7, "total_information_bits": 120},
          {"data": "data", "latents": 16, "sparsity": 1, "mse": 0.25, "total_information_bits": 150},
          {"data": "null", "latents": 16, "sparsity": 1, "mse": 0.25, "total_information_bits": 900}]}
        """;

    private readonly TestFolder folder = new();

    [Fact]
    public void A_page_and_the_same_numbers_as_json_are_written()
    {
        string data = CliData.TrainQuickRun(this.folder);
        string output = SaeProcess.Run(
            this.folder, "report", "--sae", "run", "--data", data, "--out", "r.html", "--device", "cpu",
            "--title", "<b>").AssertDone().Output;

        Assert.StartsWith("r.html: 16 of 16 features", output, StringComparison.Ordinal);
        string page = File.ReadAllText(this.folder.PathOf("r.html"));
        Assert.Contains("<title>&lt;b&gt;</title>", page, StringComparison.Ordinal);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(this.folder.PathOf("r.json")));
        JsonElement index = json.RootElement.GetProperty("index");
        Assert.Equal(16, index.GetProperty("features").GetInt32());
        Assert.Equal(CliData.Vectors, index.GetProperty("vectors").GetInt32());
        Assert.Equal("vectors", index.GetProperty("rows").GetString());
        // The last 3 of 16 latents are active for each vector, or fewer where values are clipped to 0.
        int active = json.RootElement.GetProperty("features").EnumerateArray()
            .Sum(feature => feature.GetProperty("active").GetInt32());
        Assert.InRange(active, CliData.Vectors, 3 * CliData.Vectors);
        Assert.NotEmpty(index.GetProperty("curves").GetProperty("tokens").EnumerateArray());
    }

    [Fact]
    public void Chosen_features_and_words_are_shown_and_a_folder_is_written()
    {
        string data = CliData.TrainQuickRun(this.folder);
        File.WriteAllLines(
            this.folder.PathOf("words.txt"), Enumerable.Range(0, CliData.Vectors).Select(i => $"word {i}"));
        SaeProcess.Run(
            this.folder, "report", "--sae", "run", "--data", data, "--rows", "words.txt", "--features", "ids:3,5",
            "--out", "pages", "--device", "cpu").AssertDone();

        Assert.True(File.Exists(this.folder.PathOf("pages/index.html")));
        Assert.True(File.Exists(this.folder.PathOf("pages/parts/features-0.json.deflate")));
        Assert.False(File.Exists(this.folder.PathOf("pages/parts/features-1.json.deflate")));
    }

    [Fact]
    public void Pictures_logits_labels_and_a_sweep_are_in_the_report()
    {
        string data = CliData.TrainQuickRun(this.folder);
        NpyFile.Write(this.folder.PathOf("images.npy"), TensorContent.Singles(
            "images", [CliData.Vectors, 2, 3], (first, to) => to.Fill(first == 0 ? 1 : 0.5f)));
        CliData.WriteMatrix(this.folder, "unembed.safetensors", "lm_head", 30, CliData.DIn, (row, d) => (row * d) + 1);
        File.WriteAllLines(
            this.folder.PathOf("kinds.txt"),
            Enumerable.Range(0, CliData.Vectors).Select(i => i % 2 == 0 ? "even" : string.Empty));
        Directory.CreateDirectory(this.folder.PathOf("sweep"));
        File.WriteAllText(this.folder.PathOf("sweep/result.json"), Sweep);
        SaeProcess.Run(
            this.folder, "report", "--sae", "run", "--data", data, "--images", "images.npy", "--unembed",
            "unembed.safetensors", "--labels", "kinds.txt", "--sweep", "sweep", "--svg", "ids:1", "--png", "run",
            "--out", "r.html", "--device", "cpu").AssertDone();

        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(this.folder.PathOf("r.json")));
        JsonElement index = json.RootElement.GetProperty("index");
        Assert.Equal("images", index.GetProperty("rows").GetString());
        Assert.Equal(3, index.GetProperty("images").GetProperty("width").GetInt32());
        Assert.Equal("no bounce", index.GetProperty("sweep").GetProperty("verdict").GetString());
        Assert.Equal(2, index.GetProperty("sweep").GetProperty("cells").GetArrayLength());
        JsonElement histograms = index.GetProperty("sweep").GetProperty("histograms");
        Assert.Equal("[0,2.5]", histograms.GetProperty("code_edges").GetRawText());
        Assert.Equal("[-0.5,0.5]", histograms.GetProperty("dictionary_edges").GetRawText());
        Assert.Equal(100, histograms.GetProperty("bins").GetInt32());
        Assert.Equal(2, histograms.GetProperty("base").GetInt32());
        Assert.Equal(
            "100 bins each, codes 0 to 2.5, dictionary -0.5 to 0.5, base 2",
            histograms.GetProperty("caption").GetString());
        JsonElement feature = json.RootElement.GetProperty("features").EnumerateArray()
            .First(one => one.GetProperty("active").GetInt32() > 0);
        JsonElement split = Assert.Single(feature.GetProperty("proxies").EnumerateArray());
        Assert.Equal("even", split.GetProperty("classes")[0].GetString());
        Assert.Equal(0.5, split.GetProperty("share").GetDouble());
        JsonElement logits = feature.GetProperty("logits");
        Assert.Equal(30, logits.GetProperty("histogram").GetProperty("counts").EnumerateArray()
            .Sum(count => count.GetInt32()));
        // As many pieces lie above the median as below it.
        Assert.Equal(
            logits.GetProperty("top")[0].GetProperty("value").GetDouble(),
            -logits.GetProperty("bottom")[0].GetProperty("value").GetDouble(),
            1e-9);
        Assert.True(File.Exists(this.folder.PathOf("r.run.svg")));
        Assert.True(File.Exists(this.folder.PathOf("r.feature-1.svg")));
        Assert.True(File.Exists(this.folder.PathOf("r.run.png")));
        Assert.False(File.Exists(this.folder.PathOf("r.feature-1.png")));
    }

    [Fact]
    public void Faults_name_their_option_or_file()
    {
        string data = CliData.TrainQuickRun(this.folder);
        File.WriteAllText(this.folder.PathOf("few.txt"), "one\n");
        string[] command = ["report", "--sae", "run", "--data", data, "--device", "cpu"];

        SaeProcess.Run(this.folder, "report", "--data", data).AssertFault(2, "--sae");
        SaeProcess.Run(this.folder, "report", "--sae", "run").AssertFault(2, "--data");
        SaeProcess.Run(this.folder, [.. command, "--features", "some"]).AssertFault(2, "--features", "top:500");
        SaeProcess.Run(this.folder, [.. command, "--features", "ids:16"]).AssertFault(2, "--features", "16");
        SaeProcess.Run(this.folder, [.. command, "--examples", "-1"]).AssertFault(2, "--examples");
        SaeProcess.Run(this.folder, [.. command, "--svg", "some"]).AssertFault(2, "top:500");
        SaeProcess.Run(this.folder, [.. command, "--labels", "few.txt"]).AssertFault(3, "few.txt", "600");
        SaeProcess.Run(this.folder, [.. command, "--rows", "few.txt"]).AssertFault(3, "few.txt", "600");
        SaeProcess.Run(this.folder, [.. command, "--vocab", "few.txt"]).AssertFault(3, "token_ids");
        SaeProcess.Run(this.folder, [.. command, "--names", "none.json"]).AssertFault(3, "none.json");
        SaeProcess.Run(this.folder, [.. command, "--vocab", "r.json", "--out", "r.html"])
            .AssertFault(2, "r.json: must not be a file that is read");
        SaeProcess.Run(this.folder, [.. command, "--out", data]).AssertFault(2, "--out", "is a file");
        // The output is looked at first, not after the passes over the data.
        SaeProcess.Run(this.folder, [.. command, "--out", "none/r.html", "--rows", "few.txt"])
            .AssertFault(3, "none/r.html: the folder");
        SaeProcess.Run(this.folder, "serve", ".").AssertFault(3, "index.html");
    }

    public void Dispose() => this.folder.Dispose();
}
