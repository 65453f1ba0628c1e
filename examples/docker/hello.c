/* The application of empty.Dockerfile: it says hello to each client of port 8000, until SIGTERM. */
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define SAY(fd, text) ((void)!write(fd, text, sizeof text - 1))

static void stop(int signum) {
    (void)signum;
    SAY(STDOUT_FILENO, "stopped\n");
    _exit(0);
}

int main(void) {
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(8000)};
    int server = socket(AF_INET, SOCK_STREAM, 0);

    signal(SIGTERM, stop); /* as PID 1, the process would ignore it without a handler */
    signal(SIGPIPE, SIG_IGN);
    if (server < 0 || bind(server, (struct sockaddr *)&any, sizeof any) || listen(server, 16))
        return 1;
    SAY(STDOUT_FILENO, "serving\n");
    for (;;) {
        int client = accept(server, NULL, NULL);
        SAY(client, "hello\n");
        close(client);
    }
}
