using System.Net.Sockets;
using System.Text;
using SaeKernels.Report;

namespace SaeKernels.Tests.Report;

public sealed class ReportServerTests : IDisposable
{
    private readonly TestFolder folder = new();

    public ReportServerTests()
    {
        Directory.CreateDirectory(this.folder.PathOf("report/parts"));
        this.folder.WriteBytes("report/index.html", "the page"u8.ToArray());
        this.folder.WriteBytes("report/parts/features-0.json.deflate", "a part"u8.ToArray());
        this.folder.WriteBytes("report/parts/secret.txt", "secret"u8.ToArray());
        this.folder.WriteBytes("secret.json.deflate", "secret"u8.ToArray());
    }

    [Theory]
    [InlineData("/", "the page")]
    [InlineData("/index.html", "the page")]
    [InlineData("/?query", "the page")]
    [InlineData("/parts/features-0.json.deflate", "a part")]
    public async Task The_page_and_its_parts_are_handed_out(string path, string content)
    {
        string answer = await AskAsync($"GET {path} HTTP/1.1");

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.EndsWith(content, answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /../secret.json.deflate HTTP/1.1")]
    [InlineData("GET /parts/../../secret.json.deflate HTTP/1.1")]
    [InlineData("GET /parts/..%2f..%2fsecret.json.deflate HTTP/1.1")]
    [InlineData("GET /parts/%2e%2e/%2e%2e/secret.json.deflate HTTP/1.1")]
    [InlineData("GET /parts/..\\..\\secret.json.deflate HTTP/1.1")]
    [InlineData("GET /parts/secret.txt HTTP/1.1")]
    [InlineData("GET /parts/ HTTP/1.1")]
    [InlineData("GET /parts/features-1.json.deflate HTTP/1.1")]
    [InlineData("GET //etc/passwd HTTP/1.1")]
    [InlineData("POST / HTTP/1.1\r\nContent-Length: 0")]
    public async Task Nothing_else_is(string request)
    {
        string answer = await AskAsync(request);

        Assert.Matches("^HTTP/1.1 4", answer);
        Assert.DoesNotContain("secret", answer.Split("\r\n\r\n", 2)[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_host_name_is_refused()
    {
        string answer = await AskAsync("GET / HTTP/1.1", host: "evil.example");

        Assert.Matches("^HTTP/1.1 4", answer);
    }

    [Fact]
    public void A_folder_without_a_report_is_refused() =>
        Assert.Throws<FileNotFoundException>(() => ReportServer.Start(this.folder.Root));

    [Fact]
    public void A_port_that_is_taken_is_told()
    {
        using ReportServer first = ReportServer.Start(this.folder.PathOf("report"));
        int port = new Uri(first.Address).Port;

        IOException fault = Assert.Throws<IOException>(() => ReportServer.Start(this.folder.PathOf("report"), port));
        Assert.Contains($"port {port}: must be free", fault.Message, StringComparison.Ordinal);
    }

    public void Dispose() => this.folder.Dispose();

    // By hand: a client library would tidy the path up.
    private async Task<string> AskAsync(string request, string? host = null)
    {
        using ReportServer server = ReportServer.Start(this.folder.PathOf("report"));
        using CancellationTokenSource stop = new();
        Task serving = server.RunAsync(stop.Token);
        Uri address = new(server.Address);
        using TcpClient client = new();
        await client.ConnectAsync(address.Host, address.Port);
        using NetworkStream stream = client.GetStream();
        string text = $"{request}\r\nHost: {host ?? address.Authority}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
        using StreamReader reader = new(stream);
        string answer = await reader.ReadToEndAsync();
        await stop.CancelAsync();
        await serving;
        return answer;
    }
}
